import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { awselbSource } from '../../../../src/detect/formats/catalogue.ts';
import { loadRules, parsedRules } from '../../../../src/detect/rules/load-rules.ts';
import { packYaml, unpackYaml } from '../../../../src/detect/rules/load/packed-yaml.ts';
import { readYaml } from '../../../../src/detect/rules/load/read-yaml.ts';
import { RulesSource } from '../../../../src/detect/rules/load/rules-source.ts';

const pack = readFileSync(join(import.meta.dirname, '../../../../rules/awselb_rules.yaml'), 'utf8');
const source = (content: string): RulesSource => new RulesSource({ name: 'a.yaml', content });

const load = (content: string, parsed?: string): unknown => {
  const { files, ruleSet } = loadRules([{ name: 'a.yaml', content, ...(parsed === undefined ? {} : { parsed }) }], {
    sources: [awselbSource],
  });
  return { files, rules: ruleSet?.rules.map(({ name, condition, output, at }) => ({ name, condition, output, at })) };
};

describe('packed YAML', () => {
  it.each([
    ['our own rules', pack],
    ['documents', '- a: b\n---\n- [c, {d: e}]\n--- \n'],
    ['every style', `- {a: 'x', b: "y", c: ~, d: }\n- e: |\n    f\n  g: >-\n    h\n    i\n`],
    ['no document', ''],
    ['a byte order mark', '\ufeff- a: b\n'],
  ])('unpacks to what was read: %s', (_what, content) => {
    const from = source(content);
    const documents = readYaml(from);
    expect(unpackYaml(packYaml(documents), from)).toEqual(documents);
  });

  it('keeps a node that aliases name one node, however often they do', () => {
    const levels = Array.from({ length: 40 }, (_, n) => `- &a${n + 1} [*a${n}, *a${n}]`);
    const from = source(['- &a0 [x]', ...levels, ''].join('\n'));
    const packed = packYaml(readYaml(from));
    expect(packed.length).toBeLessThan(5_000);
    const [document] = unpackYaml(packed, from);
    if (document?.kind !== 'sequence') throw new Error('not a sequence');
    const second = document.items[1];
    if (second?.kind !== 'sequence') throw new Error('not a sequence');
    expect(second.items[0]).toBe(second.items[1]);
    expect(second.items[0]).toBe(document.items[0]);
  });
});

describe('loading parsed rules', () => {
  it.each([
    ['our own rules', pack],
    ['an error in a condition', '- macro: m\n  condition: >\n    awselb.nothing = 1 and\n    (awselb.request_url\n'],
    ['a warning', '- list: unused\n  items: [a]\n- nothing: known\n'],
  ])('finds the same, at the same places: %s', (_what, content) => {
    expect(load(content, parsedRules({ name: 'a.yaml', content }))).toEqual(load(content));
  });

  it('leaves it to loading to tell of what is no YAML', () => {
    expect(parsedRules({ name: 'a.yaml', content: '- [a' })).toBeUndefined();
  });
});
