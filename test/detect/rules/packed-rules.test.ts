import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { alb } from '../../../src/detect/formats/alb.ts';
import { awselbSource } from '../../../src/detect/formats/catalogue.ts';
import { BadLine } from '../../../src/detect/formats/format.ts';
import { formats } from '../../../src/detect/formats/registry.ts';
import type { EngineOptions, LoadedRules, RulesFile, RuleSet } from '../../../src/detect/rules/engine.ts';
import { loadRules } from '../../../src/detect/rules/load-rules.ts';
import { packRules, unpackRules } from '../../../src/detect/rules/packed-rules.ts';
import { albLine } from '../../support/alb-line.ts';
import { packedAndUnpacked } from '../../support/packed-and-unpacked.ts';
import { packText, Watch } from '../../support/pack.ts';

const samples = join(import.meta.dirname, '../../../samples');
const sampleLines = readdirSync(samples, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.gz'))
  .flatMap((path) =>
    gunzipSync(readFileSync(join(samples, path)))
      .toString('latin1')
      .trimEnd()
      .split('\n'),
  )
  .filter((_, n) => n % 10 === 0);

const pack: RulesFile = { name: 'rules/awselb_rules.yaml', content: packText() };
const own: RulesFile = {
  name: 'own.yaml',
  content: `
- list: unused
  items: [a]
- macro: errors
  condition: awselb.elb_status_code in (500, 502, 503)
- rule: Own
  desc: Errors of the shop — all of them
  condition: errors and awselb.request_url startswith oneof ("https://shop", "é") and not awselb.user_agent regex "^curl/9"
  output: "%12awselb.client_ip %tolower(awselb.user_agent) %evt.num é"
  priority: ERROR
  source: awselb
  tags: [b, a]
  nothing: known
`,
};
const options: EngineOptions = {
  sources: [awselbSource],
  ruleMatching: 'all',
  appendOutput: [
    { extraOutput: 'at %awselb.object', extraFields: ['awselb.line', ['where', '%awselb.name %evt.time']] },
  ],
  selection: [{ action: 'disable', rule: 'Login*' }],
};

function ruleSetOf({ ruleSet, files }: LoadedRules): RuleSet {
  if (ruleSet === undefined) throw new Error(JSON.stringify(files));
  return ruleSet;
}

/** All that is told of a rule set, and what it says of lines. */
function told(loaded: LoadedRules): unknown {
  const rules = ruleSetOf(loaded);
  const event = alb.parse(albLine({ status: 503 }), { object: 'x.log', facts: {} }, 1);
  if (event instanceof BadLine) throw new Error(event.reason);
  const watch = new Watch(loaded);
  return {
    files: loaded.files,
    alerts: [albLine({ status: 503 }), ...sampleLines].map((line) => watch.alerts(line)),
    rules: rules.rules.map(({ name, desc, priority, source, tags, enabled, condition, output, at }) => {
      return { name, desc, priority, source, tags, enabled, condition, output, at };
    }),
    lists: rules.lists,
    macros: rules.macros.map(({ name, condition }) => ({ name, condition })),
    lint: rules.lint(formats),
    explained: rules.rules.map(({ name }) => rules.explain(name, alb, event)),
    why: rules
      .engine(alb)
      .matches(event)
      .map((match) => match.explain()),
  };
}

describe('packed rules', () => {
  it('raise the same alerts, and tell the same of themselves, as those that were loaded', () => {
    expect(sampleLines.length).toBeGreaterThan(100);
    const loaded = told(loadRules([pack, own], options));
    expect(told(packedAndUnpacked([pack, own], options))).toEqual(loaded);
  });

  it('are not loaded to run, nor to tell of warnings: only for what people ask', () => {
    const packed = packRules(loadRules([own], options)) ?? new Uint8Array();
    const changed = { ...own, content: own.content.replace('503', '504') };
    const unpacked = unpackRules(packed, [changed], options);
    expect(new Watch(unpacked).rules(albLine({ status: 503 }))).toEqual(['Own']);
    expect(unpacked.files[0]?.warnings.map(({ code }) => code)).toContain('LOAD_UNUSED_LIST');
    expect(ruleSetOf(unpacked).rules[0]?.condition).toContain('504');
  });

  it('are selected by the options of whoever unpacks them', () => {
    const packed = packRules(loadRules([own], options)) ?? new Uint8Array();
    const enabled = (more: Partial<EngineOptions>): unknown =>
      ruleSetOf(unpackRules(packed, [own], { ...options, ...more })).rules.map((rule) => rule.enabled);
    expect(enabled({})).toEqual([true]);
    expect(enabled({ selection: [{ action: 'disable', tag: 'a' }] })).toEqual([false]);
    expect(enabled({ priority: 'Critical' })).toEqual([false]);
  });

  it('are none where rules do not load, or are too large to be worth it', () => {
    expect(packRules(loadRules([{ name: 'a.yaml', content: '- list' }], options))).toBeUndefined();
    // Each macro names the one before twice.
    const macros = Array.from({ length: 15 }, (_, n) => {
      return { macro: `m${n + 1}`, condition: `m${n} or m${n}` };
    });
    const rules = Array.from({ length: 3 }, (_, n) => {
      return { rule: `r${n}`, desc: 'x', condition: 'm15', output: 'x', priority: 'INFO', source: 'awselb' };
    });
    const content = JSON.stringify([
      { macro: 'm0', condition: `awselb.request_url contains ${'x'.repeat(150)}` },
      ...macros,
      ...rules,
    ]);
    const loaded = loadRules([{ name: 'a.yaml', content }], options);
    expect(loaded.files.flatMap(({ errors }) => errors)).toEqual([]);
    expect(packRules(loaded)).toBeUndefined();
  });
});
