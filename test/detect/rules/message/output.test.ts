import { describe, expect, it } from 'vitest';
import { maxWidth } from '../../../../src/detect/rules/message/template.ts';
import type { EventValue } from '../../../../src/detect/formats/format.ts';
import { errorsOf, loadTexts, webEvent, webFormat } from '../../../support/rules-bench.ts';

function load(output: string) {
  const rule = { rule: 'r', desc: 'd', condition: 'evt.num > 0', output, priority: 'INFO', source: 'web' };
  return loadTexts([JSON.stringify([rule])]);
}

/** What stands behind the time and the priority. */
function said(output: string, values: Readonly<Record<string, EventValue>> = {}): string {
  const loaded = load(output);
  const [error] = errorsOf(loaded);
  if (error) return `${error.code}: ${error.message}`;
  const [alert] = loaded.ruleSet!.engine(webFormat).evaluate(webEvent(values));
  return alert!.output.slice(alert!.output.indexOf(': Informational ') + ': Informational '.length);
}

describe('an output', () => {
  it('shows values, and <NA> for missing ones', () => {
    expect(said('%web.path|%web.status|%web.agent|', { 'web.path': 'a b', 'web.status': 2n ** 64n - 1n })).toBe(
      'a b|18446744073709551615|<NA>|',
    );
  });

  it('takes the longest text behind a % that is a field', () => {
    expect(said('%web.pathx %web.path. %web.path[ %web.path', { 'web.path': 'p' })).toBe('px p. p[ p');
    expect(said('%web.header[x-y] %web.header["x-y"]', { 'web.header.x-y': 'h' })).toBe('h h');
  });

  it('ends each text between fields at a NUL, as Falco does', () => {
    expect(said('a\0b%web.path c\0%web.path\0', { 'web.path': 'p' })).toBe('ap cp');
  });

  it('pads and cuts to a width in bytes', () => {
    expect(said('%6web.path|%2web.path|%0web.path|', { 'web.path': 'abc' })).toBe('abc   |ab|abc|');
    expect(said('%2web.path|', { 'web.path': 'éé' })).toBe('é|');
    expect(said(`%${maxWidth}web.path`, { 'web.path': 'a' })).toHaveLength(maxWidth);
    expect(said(`%${maxWidth + 1}web.path`)).toMatch(/^LOAD_ERR_COMPILE_OUTPUT/);
  });

  it('shows evt.plugininfo with U+FFFD for what cannot be printed, as Falco does', () => {
    const event = { ...webEvent({}), raw: 'a\tb\x7f\xc2\x85\xef\xb7\x90\xff\xc3\xa9\0c' };
    const [alert] = load('%evt.plugininfo').ruleSet!.engine(webFormat).evaluate(event);
    expect(alert?.output).toMatch(/: Informational a\ufffdb\ufffd\ufffd\ufffd\ufffdé$/);
    expect(alert?.fields['evt.plugininfo']).toBe('a\ufffdb\ufffd\ufffd\ufffd\ufffdé');
  });

  it('shows lists in parentheses, cut at 1023 bytes', () => {
    expect(said('%web.names', { 'web.names': ['a', 'b c', ''] })).toBe('(a,b c,)');
    expect(said('%web.names', { 'web.names': ['', 'b'] })).toBe('(b)');
    expect(said('%web.names', { 'web.names': [] })).toBe('<NA>');
    expect(said('%web.names', { 'web.names': Array.from({ length: 400 }, () => 'abc') })).toHaveLength(1023);
    expect(said('%web.path', { 'web.path': 'x'.repeat(5000) })).toHaveLength(5000);
  });

  it('shows addresses in their shortest form', () => {
    expect(said('%web.client', { 'web.client': '2001:DB8:0:0:0:0:0:1' })).toBe('2001:db8::1');
    expect(said('%web.client', { 'web.client': '192.0.2.1' })).toBe('192.0.2.1');
  });

  it.each([
    "len('abc')",
    "len(('a', web.path))",
    "len(concat(web.path, 'x'))",
    'len(evt.source)',
    'len(toupper(evt.time))',
  ])('shows <NA> for %s, a number without a format in Falco', (token) => {
    expect(said(`%${token}|`, { 'web.path': 'abc' })).toBe('<NA>|');
  });

  it('shows what transformers make', () => {
    expect(said('%toupper(web.path) %len(web.path)', { 'web.path': 'abc' })).toBe('ABC 3');
    expect(said('%len(tolower(web.path)) %len(web.names)', { 'web.path': 'abc', 'web.names': ['a'] })).toBe('3 1');
    expect(said('%toupper(web.names)', { 'web.names': ['a', 'b'] })).toBe('(A,B)');
  });

  it('drops a star in front', () => {
    expect(said('* a')).toBe(' a');
    expect(said('*')).toBe('');
  });

  it.each([
    ['100%', 'formatting cannot end with a %'],
    ['%5', 'formatting cannot end with a number'],
    ['100% sure', 'unknown filter:'],
    ['%%', 'unknown filter:'],
    ['%web.nope', 'nonexistent field web.nope'],
    ['%web.header', 'requires an argument'],
    ['%val(web.path)', 'unknown filter:'],
    ['   ', 'empty formatting token'],
  ])('may not be %j', (output, message) => {
    expect(said(output)).toContain('LOAD_ERR_COMPILE_OUTPUT');
    expect(said(output)).toContain(message);
  });

  it('gives the fields of its tokens, typed; a transformer gives the fields inside it', () => {
    const loaded = load('%web.status %web.names %web.agent %toupper(web.path)');
    const [alert] = loaded
      .ruleSet!.engine(webFormat)
      .evaluate(webEvent({ 'web.status': 7, 'web.names': ['a'], 'web.path': '/p' }));
    expect(alert?.fields).toEqual({
      'evt.time': 1_772_600_767_089_000_001n,
      'web.agent': null,
      'web.names': ['a'],
      'web.path': '/p',
      'web.status': 7,
    });
  });

  it('does not take quadratic time for tokens that never end', () => {
    expect(said('%web.path['.repeat(2000), { 'web.path': 'p' })).toBe('p['.repeat(2000));
  });
});
