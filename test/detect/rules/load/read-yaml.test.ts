import { describe, expect, it } from 'vitest';
import { LoadError } from '../../../../src/detect/rules/load/load-error.ts';
import { maxFileLength, readYaml } from '../../../../src/detect/rules/load/read-yaml.ts';
import { RulesSource } from '../../../../src/detect/rules/load/rules-source.ts';
import type { YamlNode } from '../../../../src/detect/rules/load/yaml-node.ts';
import { maxNesting } from '../../../../src/detect/rules/yaml/parse-documents.ts';

function plain(node: YamlNode): unknown {
  switch (node.kind) {
    case 'null':
      return null;
    case 'scalar':
      return node.text;
    case 'sequence':
      return node.items.map(plain);
    case 'map':
      return node.entries.map(({ key, value }) => [plain(key), plain(value)]);
  }
}

function read(content: string): unknown {
  try {
    return readYaml(new RulesSource({ name: 'a.yaml', content })).map(plain);
  } catch (error) {
    if (error instanceof LoadError) return `${error.code} at ${error.finding().at.line}:${error.finding().at.column}`;
    throw error;
  }
}

const nested = (levels: number): string => `${'['.repeat(levels)}a${']'.repeat(levels)}`;

const file = (length: number): string => `#${' '.repeat(length - 1)}`;

describe('reading YAML', () => {
  it('keeps every scalar as its text, whatever it looks like', () => {
    expect(read('- [1.10, 0x10, no, 2001-01-01, 1e3, "5", !!int "7", !x y]')).toEqual([
      [['1.10', '0x10', 'no', '2001-01-01', '1e3', '5', '7', 'y']],
    ]);
    expect(read('%YAML 1.1\n---\n- yes\n')).toEqual([['yes']]);
  });

  it('takes plain null words and nothing as null, quoted and tagged ones as text', () => {
    expect(read('- [~, null, Null, NULL, nUll, "null", \'~\', !!str null]\n- a:\n')).toEqual([
      [[null, null, null, null, 'nUll', 'null', '~', 'null'], [['a', null]]],
    ]);
  });

  it('keeps repeated keys in order and merges nothing', () => {
    expect(read('- &a {k: 1, k: 2}\n- <<: *a\n')).toEqual([
      [
        [
          ['k', '1'],
          ['k', '2'],
        ],
        [
          [
            '<<',
            [
              ['k', '1'],
              ['k', '2'],
            ],
          ],
        ],
      ],
    ]);
  });

  it('reads documents up to the first that is empty, as yaml-cpp does', () => {
    expect(read('- a\n---\n- b\n')).toEqual([['a'], ['b']]);
    expect(read('---\n---\n- b\n')).toEqual([]);
    expect(read('- a\n---\n~\n---\n[broken\n')).toEqual([['a']]);
    expect(read('# nothing\n')).toEqual([]);
  });

  it.each([
    ['- a: b\n\t\n- c: d\n', '2:1'],
    ['- a: b\n  \t\n', '2:3'],
    ['- a: b\n\n \n\t# comment\n- c\n', '4:1'],
    ['- a: b\n   c\n  \t\n   d\n', '3:3'],
    ['- b\n\t', '2:1'],
    ['- a: b\r\n\t\r\n', '2:1'],
    ['-   a: b\n   \t\n    c: d\n', '2:4'],
    ['- l:\n  - a\n  \t\n  - b\n', '3:3'],
  ])('refuses a tab where the next line of a plain scalar may begin, as yaml-cpp does: %j', (text, at) => {
    expect(read(text)).toBe(`LOAD_ERR_YAML_PARSE at ${at}`);
  });

  it.each([
    ['- a: b\n   \t\n- c\n', [[[['a', 'b']], 'c']]],
    ['- a: b\t\n- c\n', [[[['a', 'b']], 'c']]],
    ['- a: b # comment\n\t\n- c\n', [[[['a', 'b']], 'c']]],
    ['- a: b\n# comment\n\t\n- c\n', [[[['a', 'b']], 'c']]],
    ['- a: "b"\n\t\n- c:\n\t\n- d\n', [[[['a', 'b']], [['c', null]], 'd']]],
    ['- [a,\n\tb\n\t]\n', [[['a', 'b']]]],
    ['a\n\t\n', ['a']],
  ])('takes tabs elsewhere: %j', (text, documents) => {
    expect(read(text)).toEqual(documents);
  });

  it('passes over directives behind a document, as yaml-cpp does', () => {
    expect(read('- a\n%\n')).toEqual([['a']]);
    expect(read('- a\n%x\n\n% y\n- b\n')).toEqual([['a'], ['b']]);
    expect(read('- a\n%x\n# c\n---\n- b\n%\n')).toEqual([['a'], ['b']]);
    expect(read('- a\n%TAG\n')).toBe('LOAD_ERR_YAML_PARSE at 2:1');
    expect(read('- a: b\n%x\n  c: d\n')).toEqual([[[['a', 'b']]], [['c', 'd']]]);
  });

  it('says where broken YAML is broken', () => {
    expect(read('- a: %x\n')).toBe('LOAD_ERR_YAML_PARSE at 1:6');
    expect(read('- a\n- [b\n')).toBe('LOAD_ERR_YAML_PARSE at 2:3');
    expect(read('- a: [b, {c: d\n   ]\n- e\n')).toBe('LOAD_ERR_YAML_PARSE at 1:10');
    expect(read('[a, [b, c]\n')).toBe('LOAD_ERR_YAML_PARSE at 1:1');
    expect(read('- *nobody\n')).toBe('LOAD_ERR_YAML_PARSE at 1:3');
    expect(read('- ? [a]\n  : b\n')).toBe('LOAD_ERR_YAML_PARSE at 1:5');
  });

  it('refuses a key that is no text where Falco looks at keys, and passes it over elsewhere', () => {
    expect(read('- rule: a\n  override: {? [a] : b}\n')).toBe('LOAD_ERR_YAML_PARSE at 2:16');
    expect(read('- exceptions:\n  - {name: e, {}: b}\n')).toBe('LOAD_ERR_YAML_PARSE at 2:15');
    expect(read('- required_plugin_versions: [{alternatives: [{[a]: b}]}]\n')).toBe('LOAD_ERR_YAML_PARSE at 1:47');
    expect(read('- a\n---\n- ? [a]\n  : b\n')).toBe('LOAD_ERR_YAML_PARSE at 3:5');
    expect(read('? [a]\n: b\n')).toEqual([[[['a'], 'b']]]);
    expect(read('- a: {? [b] : c}\n')).toEqual([[[['a', [[['b'], 'c']]]]]]);
  });

  it('takes a quote that the end of the file leaves open behind a line end, as yaml-cpp does', () => {
    expect(read("- 'a\n")).toEqual([['a ']]);
    expect(read("- 'a")).toBe('LOAD_ERR_YAML_PARSE at 1:3');
  });

  it.each([
    [
      'quoted lines at their key',
      '- a: "x\n  y\n\n  \\"z"\n  b: \'v\nw\'\n',
      [
        [
          ['a', 'x y\n"z'],
          ['b', 'v w'],
        ],
      ],
    ],
    [
      'flow items at their key',
      '- a: [\n  x,\n  y # z\n]\n- {b: [c],\nd: e}\n',
      [
        [['a', ['x', 'y']]],
        [
          ['b', ['c']],
          ['d', 'e'],
        ],
      ],
    ],
    [
      'a flow value at its key',
      '- a:\n  [x]\n  b: y\n',
      [
        [
          ['a', ['x']],
          ['b', 'y'],
        ],
      ],
    ],
    ['an empty element', '- [a,,b]\n- [,]\n', [['a', null, 'b'], [null]]],
    [
      'a last line that is a key alone',
      '- a: x\n  enabled:true\n',
      [
        [
          ['a', 'x'],
          ['enabled:true', null],
        ],
      ],
    ],
  ])('takes %s, as yaml-cpp does', (_, content, expected) => {
    expect(read(content)).toEqual([expected]);
  });

  it('takes what stands behind the end of a document for the next one, as yaml-cpp does', () => {
    expect(read('  - a\n- b\n')).toEqual([['a'], ['b']]);
    expect(read('- a\nb: c\n')).toEqual([['a'], [['b', 'c']]]);
    expect(read('- a\n\tb: c\n')).toBe('LOAD_ERR_YAML_PARSE at 2:1');
  });

  it('knows the places of what it takes so, and of errors behind it', () => {
    const [document] = readYaml(new RulesSource({ name: 'a.yaml', content: '- a: "x\n y"\n- b: c\n' }));
    const second = document?.kind === 'sequence' ? document.items[1] : undefined;
    expect(second?.kind === 'map' && second.entries[0]?.value).toMatchObject({ text: 'c', offset: 17, end: 18 });
    expect(read('- a: "x\n y"\n- *nobody\n')).toBe('LOAD_ERR_YAML_PARSE at 3:3');
    expect(read('- a: [x,\n y\n- b: c\n')).toBe('LOAD_ERR_YAML_PARSE at 1:6');
  });

  it('takes a comment that touches what is before it, as yaml-cpp does', () => {
    expect(read('- [a]#comment\n- b#c\n')).toEqual([[['a'], 'b#c']]);
  });

  it('does not mind a byte order mark or CRLF', () => {
    expect(read('\ufeff- a: b\r\n  c: d\r\n')).toEqual([
      [
        [
          ['a', 'b'],
          ['c', 'd'],
        ],
      ],
    ]);
  });

  it('refuses an alias inside the node that it names', () => {
    expect(read('- &a [*a]\n')).toBe('LOAD_ERR_YAML_PARSE at 1:7');
  });

  it('shares what aliases name instead of copying it: a billion laughs cost nothing', () => {
    const laughs = ['- &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]'];
    for (let i = 1; i < 40; i++) laughs.push(`- &l${i} [${Array.from({ length: 10 }, () => `*l${i - 1}`).join(', ')}]`);
    const [document] = readYaml(new RulesSource({ name: 'a.yaml', content: laughs.join('\n') }));
    expect(document?.kind === 'sequence' && document.items.length).toBe(40);
  });

  it('has a limit on nesting', () => {
    expect(read(nested(maxNesting))).toHaveLength(1);
    expect(read(nested(maxNesting + 1))).toMatch(/^LOAD_ERR_YAML_PARSE/);
    expect(read(nested(20_000))).toMatch(/^LOAD_ERR_YAML_PARSE/);
  });

  it('has a limit on size', () => {
    expect(read(file(maxFileLength))).toEqual([]);
    expect(read(file(maxFileLength + 1))).toMatch(/^LOAD_ERR_YAML_PARSE/);
  });
});
