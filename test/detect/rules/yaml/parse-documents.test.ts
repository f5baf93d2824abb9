import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RulesSource } from '../../../../src/detect/rules/load/rules-source.ts';
import type { YamlNode } from '../../../../src/detect/rules/load/yaml-node.ts';
import { parseDocuments } from '../../../../src/detect/rules/yaml/parse-documents.ts';
import { YamlError } from '../../../../src/detect/rules/yaml/yaml-error.ts';

/** Maps as lists of pairs behind a `$`. */
function plain(node: YamlNode): unknown {
  switch (node.kind) {
    case 'null':
      return null;
    case 'scalar':
      return node.text;
    case 'sequence':
      return node.items.map(plain);
    case 'map':
      return ['$', ...node.entries.map(({ key, value }) => [plain(key), plain(value)])];
  }
}

function parse(content: string): unknown {
  try {
    return parseDocuments(new RulesSource({ name: 'a.yaml', content })).map(plain);
  } catch (error) {
    if (error instanceof YamlError) return `error at ${error.offset}`;
    throw error;
  }
}

/** What yaml-cpp (commit c2bec4c) answered; that it refuses a text, and where we say so. */
describe('YAML as yaml-cpp reads it', () => {
  it.each<[string, unknown]>([
    ['! ~', ['~']],
    ['- !\n- !x\n- !!str\n- a\n', [['', '', '', 'a']]],
    ['- !<> ~\n- !<?> ~\n- !<x> ~\n', [[null, null, '~']]],
    ['- !a!b x\n- !a! x\n', 'error at 14'],
    ['%TAG !a! ?\n---\n- !a!b ~\n', [['~']]],
    ['- !a !b x\n', 'error at 5'],
    ['- &a &b x\n', 'error at 5'],
    ['- &a x\n- &a y\n- *a\n', [['x', 'y', 'y']]],
    ['- &a\n- *a\n- &b !x *a\n', 'error at 18'],
    ['- &a"b" x\n- *a"b"\n', [['x', 'x']]],
    ['? a\n: b\n? c\n? [d]\n: {e}\n', [['$', ['a', 'b'], ['c', null], [['d'], ['$', ['e', null]]]]]],
    ['? a: b\n  c: d\n: - e\n', [['$', [['$', ['a', 'b'], ['c', 'd']], ['e']]]]],
    [': a\n', [['$', [null, 'a']]]],
    [
      '[a: b, : c, ? d, "e":f, g:h]',
      [[['$', ['a', 'b']], ['$', [null, 'c']], ['$', ['d', null]], ['$', ['e', 'f']], 'g:h']],
    ],
    ['{a, b: , "c":d, [e]:f, :g}', [['$', ['a', null], ['b', null], ['c', 'd'], [['e'], 'f'], [':g', null]]]],
    ['[a, , b,]', [['a', null, 'b']]],
    ['{,}', [['$', [null, null]]]],
    ['[a\n, b]', 'error at 3'],
    ['[a\n,b]', 'error at 3'],
    ['[- a]', 'error at 1'],
    ['[-\n a]', 'error at 1'],
    ['[a,\n- b', 'error at 0'],
    ['[a}', 'error at 0'],
    ['[a]]', 'error at 3'],
    ['a]', ['a]']],
    ['"a" "b"', 'error at 4'],
    ['"a" b', 'error at 4'],
    ['["a" "b"]', 'error at 5'],
    ['"a": "b": c', 'error at 8'],
    ['a: b: c', 'error at 4'],
    ['a:\tb\n', [['$', ['a', 'b']]]],
    ['-\ta: b\n', 'error at 3'],
    ['a: - b', 'error at 3'],
    ['a: ? b', 'error at 3'],
    ['a\r\rb: c', 'error at 4'],
    ['a: b\rc: d\r', [['$', ['a', 'b'], ['c', 'd']]]],
    ['- a\r\n- "b\r\n  c"\r\n', [['a', 'b c']]],
    ['- >2\n   a\n    b\n   c\n- x\n', [[' a\n  b\n c\n', 'x']]],
    ['- |+\n  a\n\n- >-\n  b\n\n  c\n\n', [['a\n\n', 'b\nc']]],
    ['- |1-\n   a\n', [['  a']]],
    ['- |0\n  a\n', 'error at 2'],
    ['- | a\n', 'error at 4'],
    ['- | # c\n  a # b\n', [['a # b\n']]],
    ['- >\n\n  a\n   b\n\n  c\n', [['\na\n b\n\nc\n']]],
    ['- |\n  a\n\t\n', 'error at 8'],
    ['- "a\\\n   b\\x41\\u00e9\\U0001F600"\n', [['abAé😀']]],
    ["- 'a''b\n\n  c'\n", [["a'b\nc"]]],
    ['- "\\q"\n', 'error at 3'],
    ['- "\\x4"\n', 'error at 3'],
    ['- "\\ud800"\n', 'error at 3'],
    ['- "a\n---\n"\n', 'error at 5'],
    ['a\n---\nb\n...\n...\nc\n', ['a', 'b', 'c']],
    ['...\n- a\n', []],
    ['--- a\n--- |\n b\n', ['a', 'b\n']],
    ['%YAML 1.1\n%YAML 1.2\n---\na\n', 'error at 10'],
    ['%YAML 2.0\n---\na\n', 'error at 0'],
    ['%YAML 1\n---\na\n', 'error at 0'],
    ['%x y\n%TAG ! a\n%TAG ! b\n', 'error at 14'],
    [`${'k'.repeat(1024)}: a\n`, [['$', ['k'.repeat(1024), 'a']]]],
    [`${'k'.repeat(1025)}: a\n`, 'error at 1025'],
    [`${'é'.repeat(513)}: a\n`, 'error at 513'],
    ['- a\n null', [['a null']]],
    ['a: b\nnull', [['$', ['a', 'b'], [null, null]]]],
    ['- a\u0000nb\n', [['a\nb']]],
    ['- @a\n', 'error at 2'],
    ['@', 'error at 0'],
  ])('%j', (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it('refuses the two escapes of which yaml-cpp makes bytes that are no text', () => {
    expect(parse('"\\N"')).toBe('error at 1');
    expect(parse('"a\\_"')).toBe('error at 2');
  });

  it('gives nodes their places: scalars without tag and anchor, brackets with both of them', () => {
    const [document] = parseDocuments(new RulesSource({ name: 'a.yaml', content: '- &a !x b c  \n- [d, "e"]\n' }));
    expect(document?.kind === 'sequence' && document.items.map(({ offset, end }) => [offset, end])).toEqual([
      [8, 11],
      [16, 24],
    ]);
  });

  it('reads or refuses any text, and places what it says inside of it', () => {
    const pieces = [
      '- ',
      'a',
      ': ',
      '? ',
      '[',
      ']',
      '{',
      '}',
      ', ',
      '\n',
      '\n  ',
      '\t',
      '"',
      "'",
      '|',
      '>',
      '&a ',
      '*a',
      '!',
      '#',
      '%',
      '---',
      '\r',
      '\0',
    ];
    assert(
      property(array(constantFrom(...pieces), { maxLength: 40 }), (texts) => {
        const content = texts.join('');
        try {
          parseDocuments(new RulesSource({ name: 'a.yaml', content }));
        } catch (error) {
          if (!(error instanceof YamlError)) throw error;
          expect(error.offset).toBeGreaterThanOrEqual(0);
          expect(error.offset).toBeLessThanOrEqual(content.length);
        }
      }),
      { numRuns: 300 },
    );
  });
});
