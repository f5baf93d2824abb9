import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/read-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const value = (text: string, env: Record<string, string> = {}): unknown => readConfig(text, 'c.yaml', env).value;

function problemsOf(text: string, env: Record<string, string> = {}): string {
  try {
    readConfig(text, 'c.yaml', env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  return '';
}

describe('variables in the config', () => {
  it('are put in, with defaults, several to a text', () => {
    const env = { HOST: 'example.org', EMPTY: '' };
    expect(value('a: "https://${HOST}/${PATH_:-x}/$${HOST}"', env)).toEqual({ a: 'https://example.org/x/${HOST}' });
    expect(value('a: "${EMPTY}"\nb: ${EMPTY:-fallback}\nc: "${NONE:-}"', env)).toEqual({ a: '', b: 'fallback', c: '' });
  });

  it('are numbers and booleans where they stand alone and without quotes', () => {
    const env = { PORT: '2801', ON: 'true', ZIP: '00123', LONG: '12345678901234567890' };
    expect(value('a: ${PORT}\nb: "${PORT}"\nc: ${ON}\nd: ${ZIP}\ne: ${LONG}\nf: x${PORT}', env)).toEqual({
      a: 2801,
      b: '2801',
      c: true,
      d: '00123',
      e: '12345678901234567890',
      f: 'x2801',
    });
  });

  it('cannot add to the structure', () => {
    expect(value('a: ${EVIL}', { EVIL: 'x\nb: [1, 2]' })).toEqual({ a: 'x\nb: [1, 2]' });
    expect(value('a: ${EVIL}', { EVIL: '{b: 1}' })).toEqual({ a: '{b: 1}' });
  });

  it('that are not set are named with their place', () => {
    expect(problemsOf('a: 1\nb:\n  - x ${TOKEN}\n')).toBe(
      'c.yaml:3:5: the environment variable TOKEN is not set; set it, or write ${TOKEN:-default}',
    );
  });
});

describe('files in the config', () => {
  it('are put in as texts, counted from the config’s folder, without their last line end', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'token'), '12345\n');
    writeFileSync(join(folder, 'two'), 'a\nb\n\n');
    const text = 'a: ${file:token}\nb: "Bearer ${file:token}"\nc: ${file:two}\nd: "$${file:token}"';
    expect(readConfig(text, join(folder, 'c.yaml'), {}).value).toEqual({
      a: '12345',
      b: 'Bearer 12345',
      c: 'a\nb\n',
      d: '${file:token}',
    });
  });

  it('that cannot be read, or are no secrets by their size, are named with their place', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'fits'), 'x'.repeat(65_536));
    writeFileSync(join(folder, 'huge'), 'x'.repeat(65_537));
    expect(problemsOf(`a: 1\nb: \${file:${folder}/none}\n`)).toMatch(
      /^c\.yaml:2:4: .*none} cannot be read: there is no such file or folder/,
    );
    expect(problemsOf(`a: \${file:${folder}/huge}\n`)).toMatch(/it has 65537 bytes, at most 65536 are read/);
    expect(value(`a: \${file:${folder}/fits}\n`)).toEqual({ a: 'x'.repeat(65_536) });
  });
});

describe('the text of the config', () => {
  it('tells where YAML is wrong', () => {
    expect(problemsOf('a: [1, 2\nb: 3\n')).toMatch(/^c\.yaml:1:4: not valid YAML: /);
    expect(problemsOf('a: 1\nb: {c: 2\n')).toMatch(/^c\.yaml:2:4: not valid YAML: /);
    expect(problemsOf('a: 1\na: 2\n')).toMatch(/^c\.yaml:2:1: not valid YAML: .*unique/);
    expect(problemsOf('a: 1\nb: [${TOKEN}]\n')).toMatch(
      /^c\.yaml:2:\d+: not valid YAML: .*; between brackets, "\$\{NAME\}" stands in quotes$/m,
    );
  });

  it('tells where a key and its value stand, and the nearest place above what is missing', () => {
    const text = readConfig('listen:\n  port: 1\noutputs:\n  - kind: x\n    url: y\n', 'c.yaml', {});
    expect(text.at(['listen', 'port'], 'key')).toEqual({ line: 2, column: 3 });
    expect(text.at(['listen', 'port'], 'value')).toEqual({ line: 2, column: 9 });
    expect(text.at(['outputs', 0, 'url'], 'value')).toEqual({ line: 5, column: 10 });
    expect(text.at(['outputs', 0, 'nothing'], 'value')).toEqual({ line: 4, column: 5 });
    expect(text.at(['nothing'], 'value')).toEqual({ line: 1, column: 1 });
    expect(readConfig('', 'c.yaml', {}).at([], 'value')).toEqual({ line: 1, column: 1 });
  });
});
