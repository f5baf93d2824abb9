import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingsAsFalcoJson, findingsAsText } from '../../../../src/detect/rules/load/results.ts';
import { loadTexts, webEvent, webFormat } from '../../../support/rules-bench.ts';

const keys = [
  'rule macro list items condition output desc priority source enabled tags exceptions override append name fields comps',
  'values capture capture_duration << required_engine_version required_plugin_versions version alternatives',
  'skip-if-unknown-filter unknown',
].flatMap((words) => words.split(' '));
const words = [
  'web.path web.names web.status web.header[k] m l r and or not ( ) = != > in contains regex pmatch glob oneof exists',
  '" \' \\ , % %web.path %9web.status val( é <NA> 0.50.0 true no ~ append replace web INFO x 1 [a- *',
].flatMap((line) => line.split(' '));
const word = fc.constantFrom('', '\n', ...words);
const scalar = fc.array(word, { maxLength: 9 }).map((words) => words.join(' '));
const { item } = fc.letrec((tie) => ({
  item: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.constant(null),
    fc.array(tie('item'), { maxLength: 4 }),
    tie('map'),
  ),
  map: fc
    .array(fc.tuple(fc.constantFrom(...keys), tie('item')), { maxLength: 8 })
    .map((entries) => Object.fromEntries(entries)),
}));
const rulesItem = fc.record(
  {
    rule: fc.constantFrom('r', 's'),
    macro: fc.constantFrom('m', 'n'),
    list: fc.constantFrom('l', 'k'),
    items: fc.array(scalar, { maxLength: 4 }),
    condition: fc.oneof(scalar, fc.constant('web.path in (l) and m')),
    output: scalar,
    desc: scalar,
    priority: fc.constantFrom('INFO', 'x'),
    source: fc.constantFrom('web', 'nope'),
    exceptions: item,
    override: fc.dictionary(fc.constantFrom(...keys), fc.constantFrom('append', 'replace', 'x'), { maxKeys: 3 }),
    tags: fc.array(scalar, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);

function loadAndRun(texts: readonly string[]): void {
  const loaded = loadTexts(texts);
  expect(findingsAsText(loaded.files)).toBeTypeOf('string');
  expect(JSON.parse(JSON.stringify(findingsAsFalcoJson(loaded.files)))).toHaveProperty('falco_load_results');
  for (const { errors, warnings } of loaded.files) {
    for (const { at } of [...errors, ...warnings]) {
      expect(at.line).toBeGreaterThan(0);
      expect(at.column).toBeGreaterThan(0);
    }
  }
  if (!loaded.ruleSet) return;
  for (const { condition } of loaded.ruleSet.rules) expect(condition).toBeTypeOf('string');
  loaded.ruleSet.engine(webFormat).evaluate(webEvent({ 'web.path': 'x', 'web.names': ['a'] }));
}

describe('whatever stands in a rules file', () => {
  it('is loaded or refused, never thrown: any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => loadAndRun([text])),
      { numRuns: 200 },
    );
  });

  it('is loaded or refused, never thrown: YAML of any shape', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 5 }), (items) => loadAndRun([JSON.stringify(items)])),
      { numRuns: 200 },
    );
  });

  it('is loaded or refused, never thrown: nearly rules, over several files', () => {
    const files = fc.array(fc.array(rulesItem, { maxLength: 6 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(files, (texts) => loadAndRun(texts.map((items) => JSON.stringify(items)))),
      { numRuns: 300 },
    );
  });

  it('is loaded or refused, never thrown: rules files with a few characters changed', () => {
    const text = [
      '- list: l\n  items: [a, "b c"]\n- macro: m\n  condition: >\n    web.path in (l)\n    or web.status >= 500\n',
      '- rule: r\n  desc: d\n  condition: m and not web.names intersects (x)\n  output: "%web.path %4web.status"\n',
      '  priority: INFO\n  source: web\n  exceptions:\n    - {name: e, fields: [web.path, web.agent], values: [[a, b]]}\n',
    ].join('');
    const change = fc.tuple(fc.nat(text.length), fc.nat(3), fc.string({ maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        let changed = text;
        for (const [at, drop, put] of changes) changed = changed.slice(0, at) + put + changed.slice(at + drop);
        loadAndRun([changed]);
      }),
      { numRuns: 300 },
    );
  });
});
