import { describe, expect, it } from 'vitest';
import { alertId } from '../../../src/alert/alert.ts';
import { loadRules } from '../../../src/detect/rules/load-rules.ts';
import type { EngineOptions } from '../../../src/detect/rules/engine.ts';
import {
  errorsOf,
  loadTexts,
  ruleText,
  warningsOf,
  webEvent,
  webFormat,
  webSource,
} from '../../support/rules-bench.ts';

const rule = (
  name: string,
  condition: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> => ({
  rule: name,
  desc: 'd',
  condition,
  output: 'path=%web.path',
  priority: 'WARNING',
  source: 'web',
  ...more,
});

function engineOf(rules: readonly Record<string, unknown>[], options: Partial<EngineOptions> = {}) {
  const loaded = loadTexts([JSON.stringify(rules)], options);
  expect(errorsOf(loaded)).toEqual([]);
  return loaded.ruleSet!.engine(webFormat);
}

const namesOf = (alerts: readonly { readonly rule: string }[]): string[] => alerts.map((alert) => alert.rule);

describe('a rule that matches', () => {
  it('raises an alert with everything that Falco says of it', () => {
    const engine = engineOf(
      [rule('Café', 'web.status >= 500', { output: '%web.path %web.agent n=%evt.num', tags: ['b', 'A', 'b'] })],
      { hostname: 'box', timeFormatIso8601: true },
    );
    expect(engine.evaluate(webEvent({ 'web.status': 404 }))).toEqual([]);
    const event = webEvent({ 'web.status': 503, 'web.path': '/zürich' }, { line: 2 });
    expect(engine.evaluate(event)).toEqual([
      {
        id: alertId(event.eventId, 'Café'),
        time: '2026-03-04T05:06:07.089000001Z',
        rule: 'Café',
        priority: 'Warning',
        source: 'web',
        output: '2026-03-04T05:06:07.089000001+0000: Warning /zürich <NA> n=2',
        hostname: 'box',
        tags: ['A', 'b'],
        fields: {
          'evt.num': 2,
          'evt.time.iso8601': 1_772_600_767_089_000_001n,
          'web.agent': null,
          'web.path': '/zürich',
        },
      },
    ]);
  });

  it('gives the same alert again for the same event', () => {
    const rules = [rule('r', 'web.status = 1')];
    const event = webEvent({ 'web.status': 1 });
    expect(engineOf(rules).evaluate(event)).toEqual(engineOf(rules).evaluate(event));
  });

  it('shares one empty answer among all events without an alert', () => {
    const engine = engineOf([rule('r', 'web.status = 1')]);
    expect(engine.evaluate(webEvent({}))).toBe(engine.evaluate(webEvent({ 'web.status': 2 })));
  });
});

describe('explaining', () => {
  it('names the checks that made a rule match the event evaluated last', () => {
    const engine = engineOf([rule('r', 'web.path = /a and (web.status = 1 or web.status = 2)')]);
    const matches = engine.matches(webEvent({ 'web.status': 2, 'web.path': '/a' }));
    expect(matches.map((match) => match.explain().map(({ check, holds }) => [check, holds]))).toEqual([
      [
        ['web.path = /a', true],
        ['web.status = 2', true],
      ],
    ]);
  });
});

describe('which rules run', () => {
  const rules = [
    rule('low', 'web.status = 1', { priority: 'DEBUG', tags: ['quiet'] }),
    rule('off', 'web.status = 1', { enabled: false, tags: ['extra'] }),
    rule('high', 'web.status = 1', { priority: 'CRITICAL' }),
  ];
  const event = webEvent({ 'web.status': 1 });

  const selected = (selection: EngineOptions['selection']): string[] =>
    namesOf(engineOf(rules, { ruleMatching: 'all', selection: selection! }).evaluate(event));

  it('is the first that matches in file order, or all of them', () => {
    expect(namesOf(engineOf(rules).evaluate(event))).toEqual(['low']);
    expect(namesOf(engineOf(rules, { ruleMatching: 'all' }).evaluate(event))).toEqual(['low', 'high']);
  });

  it('is bounded by the priority threshold, and rules below it shadow nothing', () => {
    expect(namesOf(engineOf(rules, { priority: 'Warning' }).evaluate(event))).toEqual(['high']);
  });

  it("is up to the selection, entry after entry, over the rules' own `enabled`", () => {
    expect(selected([{ action: 'enable', tag: 'extra' }])).toEqual(['low', 'high', 'off']);
    expect(
      selected([
        { action: 'disable', rule: '*' },
        { action: 'enable', rule: '*gh' },
      ]),
    ).toEqual(['high']);
    expect(selected([{ action: 'disable', rule: 'hig' }])).toEqual(['low', 'high']);
    // Falco looks for each piece of a pattern once: where it first stands.
    expect(selected([{ action: 'disable', rule: '*h' }])).toEqual(['low', 'high']);
    expect(selected([{ action: 'disable', rule: 'l*w' }])).toEqual(['high']);
    expect(selected([{ action: 'disable', rule: 'high', tag: 'quiet' }])).toEqual([]);
    expect(selected([{ action: 'enable', tag: 'ext*' }])).toEqual(['low', 'high']);
  });

  it('are met in the order in which they were enabled, as in Falco', () => {
    const entries = [
      { action: 'disable', rule: '*' },
      { action: 'enable', rule: 'high', tag: 'quiet' },
      { action: 'enable', rule: 'high' },
      { action: 'enable', rule: 'off' },
    ] as const;
    expect(selected(entries)).toEqual(['high', 'low', 'off']);
    expect(namesOf(engineOf(rules, { selection: entries }).evaluate(event))).toEqual(['high']);
  });

  it("are only those of the event's source", () => {
    const other = { ...webFormat, eventSource: 'other' };
    expect(
      loadTexts([JSON.stringify(rules)])
        .ruleSet!.engine(other)
        .evaluate(event),
    ).toEqual([]);
  });
});

describe('append_output', () => {
  const appendOutput: EngineOptions['appendOutput'] = [
    { match: { tags: ['t'] }, extraOutput: 'status=%web.status' },
    { match: { rule: 'other' }, extraOutput: 'never' },
    { match: { source: 'web' }, extraFields: ['web.status', ['told', 'a %web.agent']] },
  ];

  it('adds to the output and the fields of the rules it is for', () => {
    const [alert] = engineOf([rule('r', 'web.status = 1', { tags: ['t', 'u'] })], { appendOutput }).evaluate(
      webEvent({ 'web.status': 1, 'web.path': '/' }),
    );
    expect(alert?.output).toMatch(/: Warning path=\/ status=1$/);
    expect(alert?.fields).toMatchObject({ 'web.status': 1, told: 'a <NA>' });
  });

  it('fails every rule that it breaks', () => {
    const loaded = loadTexts([ruleText('web.status = 1')], { appendOutput: [{ extraFields: ['web.nope'] }] });
    expect(errorsOf(loaded)[0]?.code).toBe('LOAD_ERR_COMPILE_OUTPUT');
  });
});

/** Where the first error is, and what is shown of it. */
function at(text: string): string {
  const [error] = errorsOf(loadTexts([text]));
  return `${error?.at.line}:${error?.at.column}\n${error?.snippet}`;
}

const asking = (version: string): string =>
  `- required_plugin_versions:\n  - {name: no, version: 1.0.0, alternatives: [{name: webplugin, version: ${version}}]}\n`;

describe('loading', () => {
  it('compiles everything again after each file, and ends at the first file with an error', () => {
    const loaded = loadTexts([ruleText('later'), '- macro: later\n  condition: web.status = 1\n']);
    expect(loaded.ruleSet).toBeUndefined();
    expect(loaded.files.map(({ file, errors }) => [file, errors.map(({ code }) => code)])).toEqual([
      ['0.yaml', ['LOAD_ERR_VALIDATE']],
    ]);
  });

  it('points at the offending text, also where YAML folded it, escaped it, or a macro brought it', () => {
    expect(at(ruleText('>\n    web.status = 1\n      and   web.nope = 2'))).toBe(
      '5:13\n      and   web.nope = 2\n            ^^^^^^^^',
    );
    expect(at(ruleText('"web.path = \\"a\\tb\\" and web.nope = 2"'))).toBe(
      `3:39\n  condition: "web.path = \\"a\\tb\\" and web.nope = 2"\n${' '.repeat(38)}^^^^^^^^`,
    );
    expect(at(`- macro: m\n  condition: web.nope = 2\n${ruleText('web.status = 1 and m')}`)).toBe(
      '2:14\n  condition: web.nope = 2\n             ^^^^^^^^',
    );
    expect(at(ruleText('web.status = 1 and nobody'))).toContain(`\n${' '.repeat(32)}^^^^^^`);
    expect(at(`- list: l\n  items: [x, "a=b"]\n${ruleText('web.path in (l)')}`)).toContain(
      '\n  condition: web.path in (l)\n                          ^',
    );
    expect(
      at(ruleText('web.status = 1', ['exceptions: [{name: e, fields: [web.path], values: [["a=b"]]}]'])),
    ).toContain('"a=b"');
    const appended = '- rule: r\n  condition: and web.nope = 1\n  override: {condition: append}\n';
    expect(at(ruleText('web.status = 1') + appended)).toBe(
      '8:18\n  condition: and web.nope = 1\n                 ^^^^^^^^',
    );
    expect(
      at(
        '- rule: r\n  desc: d\n  condition: web.status = 1\n  output: a %web.nope b\n  priority: INFO\n  source: web\n',
      ),
    ).toBe('4:13\n  output: a %web.nope b\n            ^');
  });

  it('leaves out rules of sources that are not there, unchecked', () => {
    const loaded = loadTexts([ruleText('x.y = = 1').replace('source: web', 'source: k8s_audit')]);
    expect(warningsOf(loaded).map(({ code }) => code)).toEqual(['LOAD_UNKNOWN_SOURCE']);
    expect(loaded.ruleSet?.rules).toEqual([]);
  });

  it('leaves out a rule that asked to be, when it names an unknown field', () => {
    const loaded = loadTexts([ruleText('web.nope = 1', ['skip-if-unknown-filter: true'])]);
    expect(warningsOf(loaded).map(({ code }) => code)).toEqual(['LOAD_UNKNOWN_FILTER']);
    expect(loaded.ruleSet?.rules).toEqual([]);
  });

  it.each([
    ['webplugin', '1.4.0', []],
    ['webplugin', '1.5.0', ['Plugin requirement not satisfied, must load one of: webplugin (>= 1.5.0)']],
    ['webplugin', '2.0.0', ['Plugin requirement not satisfied, must load one of: webplugin (>= 2.0.0)']],
    ['other', '1.0.0', ['Plugin requirement not satisfied, must load one of: other (>= 1.0.0)']],
  ])('asks for plugin %s %s', (name, version, messages) => {
    const loaded = loadTexts([`- required_plugin_versions:\n  - {name: ${name}, version: ${version}}\n`]);
    expect(errorsOf(loaded).map(({ message }) => message)).toEqual(messages);
    expect(loaded.ruleSet === undefined).toBe(messages.length > 0);
  });

  it('takes an alternative plugin, and the first that is there decides', () => {
    expect(errorsOf(loadTexts([asking('1.0.0')]))).toEqual([]);
    expect(errorsOf(loadTexts([asking('1.9.0')]))).toHaveLength(1);
  });

  it.each([
    ['0.62.0', undefined],
    ['62', undefined],
    ['0x3e', undefined],
    ['"5 "', undefined],
    ['" 5"', 'LOAD_ERR_YAML_VALIDATE'],
    ['0.31.0-rc1', undefined],
    ['0.63.0', 'LOAD_ERR_VALIDATE'],
    ['63', 'LOAD_ERR_VALIDATE'],
    ['1.0.0', 'LOAD_ERR_VALIDATE'],
    ['0.62', 'LOAD_ERR_YAML_VALIDATE'],
    ['new', 'LOAD_ERR_YAML_VALIDATE'],
    ['0.18446744073709551616.0', 'LOAD_ERR_VALIDATE'],
  ])('answers required_engine_version %s', (version, code) => {
    expect(errorsOf(loadTexts([`- required_engine_version: ${version}\n`]))[0]?.code).toBe(code);
  });

  it('keeps files apart by name in what it finds', () => {
    const loaded = loadRules(
      [
        { name: 'a.yaml', content: '- macro: m\n  condition: web.status = 1\n' },
        {
          name: 'b.yaml',
          content:
            '- macro: m\n  condition: web.nope = 1\n- rule: r\n  desc: d\n  condition: m\n  output: o\n  priority: INFO\n  source: web\n',
        },
      ],
      { sources: [webSource] },
    );
    expect(errorsOf(loaded)[0]?.at).toMatchObject({ file: 'b.yaml', line: 2, column: 14 });
  });
});

describe('engines of one rule set', () => {
  it('count the events of their source together', () => {
    const { ruleSet } = loadTexts([JSON.stringify([rule('r', 'evt.num > 0', { output: '%evt.num' })])]);
    const [a, b] = [ruleSet!.engine(webFormat), ruleSet!.engine(webFormat)];
    expect([a, b, a].map((engine) => engine.evaluate(webEvent({}))[0]?.fields['evt.num'])).toEqual([1, 2, 3]);
  });
});

describe('a finding', () => {
  it('about a key without value stands at its item, as in Falco', () => {
    const text = JSON.stringify([rule('A', 'web.status = 1', { desc: null })]);
    const [error] = loadTexts([text]).files[0]?.errors ?? [];
    expect(error).toMatchObject({ message: "Mapping for key 'desc' is empty", item: { kind: 'rule', name: 'A' } });
    expect(error?.within.map(({ kind }) => kind)).toEqual(['rules content', 'rule']);
  });
});
