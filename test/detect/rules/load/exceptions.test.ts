import { describe, expect, it } from 'vitest';
import { maxExceptionScalars } from '../../../../src/detect/rules/load/read-exceptions.ts';
import { conditionOf, loadTexts, ruleText, warningsOf } from '../../../support/rules-bench.ts';

const withExceptions = (...exceptions: readonly string[]): string =>
  ruleText('web.status = 1', ['exceptions:', ...exceptions.map((exception) => `  - ${exception}`)]);
const expanded = (...exceptions: readonly string[]): string => conditionOf(loadTexts([withExceptions(...exceptions)]));

const later = (how: string, exception: string): string =>
  `- rule: r\n  exceptions:\n    - ${exception}\n  override: {exceptions: ${how}}\n`;

const valued = (count: number): string =>
  expanded(`{name: e, fields: web.path, values: [${Array.from({ length: count }, () => 'a').join(',')}]}`);

describe('exceptions', () => {
  it('with a single field take `in` and one list', () => {
    expect(expanded('{name: e, fields: web.path, values: [a, b c]}')).toBe(
      '(web.status = 1 and not web.path in (a, "b c"))',
    );
    expect(expanded('{name: e, fields: web.path, comps: startswith anyof, values: [/a]}')).toBe(
      '(web.status = 1 and not web.path startswith anyof (/a))',
    );
  });

  it('with several fields take `=` and one tuple after the other', () => {
    expect(expanded('{name: e, fields: [web.path, web.agent], values: [[a, b], [c, d]]}')).toBe(
      '(web.status = 1 and not ((web.path = a and web.agent = b) or (web.path = c and web.agent = d)))',
    );
    expect(expanded('{name: e, fields: [web.path, web.agent], comps: [in, contains], values: [[[a, b], c]]}')).toBe(
      '(web.status = 1 and not (web.path in (a, b) and web.agent contains c))',
    );
  });

  it('enclose a condition that later items still append to', () => {
    const appended = '- rule: r\n  condition: or web.status = 2\n  override: {condition: append}\n';
    expect(conditionOf(loadTexts([withExceptions('{name: e, fields: web.path, values: [a]}') + appended]))).toBe(
      '((web.status = 1 or web.status = 2) and not web.path in (a))',
    );
  });

  it('insert values as text: quoted only for a blank, list names and transformers alive', () => {
    expect(expanded('{name: e, fields: [web.path], values: [["a=b"]]}')).toMatch(/^LOAD_ERR_COMPILE_CONDITION/);
    expect(expanded('{name: e, fields: [web.path], values: [["a = b"]]}')).toBe(
      '(web.status = 1 and not web.path = "a = b")',
    );
    expect(expanded('{name: e, fields: [web.path], values: [[toupper(web.agent)]]}')).toBe(
      '(web.status = 1 and not web.path = toupper(web.agent))',
    );
    const list = '- list: l\n  items: [x, y]\n';
    expect(conditionOf(loadTexts([list + withExceptions('{name: e, fields: web.path, values: [l]}')]))).toBe(
      '(web.status = 1 and not web.path in (x, y))',
    );
  });

  it('add nothing without values', () => {
    expect(expanded('{name: e, fields: web.path}')).toBe('web.status = 1');
  });

  it.each([
    ['{fields: web.path}', 'LOAD_ERR_YAML_VALIDATE', "no mapping for key 'name'"],
    ['{name: e, values: [a]}', 'LOAD_ERR_YAML_VALIDATE', "no mapping for key 'fields'"],
    ['{name: e, fields: ~}', 'LOAD_ERR_VALIDATE', 'must have fields property'],
    ['{name: e, fields: [web.nope], values: [[a]]}', 'LOAD_ERR_VALIDATE', "'web.nope' is not a supported filter field"],
    ['{name: e, fields: "web.path "}', 'LOAD_ERR_VALIDATE', 'not a supported filter field'],
    ['{name: e, fields: [web.path], comps: [=, =]}', 'LOAD_ERR_VALIDATE', 'must have equal length'],
    ['{name: e, fields: [web.path], comps: "="}', 'LOAD_ERR_VALIDATE', 'must have equal length'],
    ['{name: e, fields: web.path, comps: [in]}', 'LOAD_ERR_VALIDATE', 'must both be strings'],
    ['{name: e, fields: web.path, comps: "="}', 'LOAD_ERR_VALIDATE', 'comps must be one of'],
    [
      '{name: e, fields: [web.path], comps: [like]}',
      'LOAD_ERR_VALIDATE',
      "'like' is not a supported comparison operator",
    ],
    ['{name: e, fields: [web.path], comps: [startswith  oneof]}', 'LOAD_ERR_VALIDATE', 'not a supported comparison'],
    [
      '{name: e, fields: [web.path], values: [a]}',
      'LOAD_ERR_VALIDATE',
      'Fields and values lists must have equal length',
    ],
    ['{name: e, fields: web.path, values: [[a]]}', 'LOAD_ERR_VALIDATE', 'Expected values array'],
    ['{name: e, fields: web.path, values: a}', 'LOAD_ERR_YAML_VALIDATE', 'values must be a sequence'],
  ])('refuse %s', (exception, code, message) => {
    expect(expanded(exception)).toContain(code);
    expect(expanded(exception)).toContain(message);
  });

  it('accept what may stand left of a comparison as a field', () => {
    expect(expanded('{name: e, fields: ["tolower(web.path)", "web.header[x-y]"], values: [[a, b]]}')).toBe(
      '(web.status = 1 and not (tolower(web.path) = a and web.header[x-y] = b))',
    );
  });

  it('hold a limited number of values, also by aliases of aliases', () => {
    // The field counts too.
    expect(valued(maxExceptionScalars - 1)).toContain('web.status = 1 and not web.path in (a, a');
    expect(valued(maxExceptionScalars)).toContain('More than');
    const laughs = ['&l0 [a, a, a, a, a, a, a, a, a, a]'];
    for (let i = 1; i < 9; i++) laughs.push(`&l${i} [${Array.from({ length: 10 }, () => `*l${i - 1}`).join(', ')}]`);
    expect(expanded(`{name: e, fields: [web.path], values: [[[${laughs.join(', ')}]]]}`)).toContain(
      `More than ${maxExceptionScalars} values in one exception`,
    );
  });

  it('of one name warn and both apply', () => {
    const loaded = loadTexts([
      withExceptions('{name: e, fields: web.path, values: [a]}', '{name: e, fields: web.agent, values: [b]}'),
    ]);
    expect(warningsOf(loaded).map(({ code }) => code)).toEqual(['LOAD_EXCEPTION_NAME_NOT_UNIQUE']);
    expect(conditionOf(loaded)).toBe('(web.status = 1 and not web.path in (a) and not web.agent in (b))');
  });

  describe('of later items', () => {
    const base = withExceptions('{name: e, fields: web.path, values: [a]}');

    it('add values to one that is there, and may be new ones', () => {
      expect(conditionOf(loadTexts([base + later('append', '{name: e, values: [b]}')]))).toBe(
        '(web.status = 1 and not web.path in (a, b))',
      );
      expect(conditionOf(loadTexts([base + later('append', '{name: f, fields: web.agent, values: [b]}')]))).toBe(
        '(web.status = 1 and not web.path in (a) and not web.agent in (b))',
      );
      expect(conditionOf(loadTexts([base + later('append', '{name: e, fields: web.path, values: [b]}')]))).toMatch(
        /Can not append exception fields to existing exception, only values/,
      );
    });

    it('do not change what an earlier load of the same text gave', () => {
      const text = base + later('append', '{name: e, values: [b]}');
      expect(conditionOf(loadTexts([text]))).toBe(conditionOf(loadTexts([text])));
    });

    it('replace all others, with comparisons of their own: where Falco reads undefined memory, we refuse', () => {
      expect(
        conditionOf(loadTexts([base + later('replace', '{name: f, fields: web.agent, comps: in, values: [b]}')])),
      ).toBe('(web.status = 1 and not web.agent in (b))');
      expect(
        conditionOf(loadTexts([base + later('replace', '{name: f, fields: [web.agent], values: [[b]]}')])),
      ).toMatch(/^LOAD_ERR_VALIDATE: Exceptions that replace others must give a comparison for each field/);
    });
  });
});
