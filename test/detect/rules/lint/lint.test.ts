import { describe, expect, it } from 'vitest';
import { awselbSource } from '../../../../src/detect/formats/catalogue.ts';
import { formats } from '../../../../src/detect/formats/registry.ts';
import type { RulesFinding } from '../../../../src/detect/rules/engine.ts';
import { lints } from '../../../../src/detect/rules/lint/registry.ts';
import { loadRules } from '../../../../src/detect/rules/load-rules.ts';

const origin = 'client=%awselb.client_ip object=%awselb.object';

function rule(name: string, condition: string, output = origin): Readonly<Record<string, unknown>> {
  return { rule: name, desc: 'd', condition, output, priority: 'INFO', source: 'awselb' };
}

function lint(...items: readonly Readonly<Record<string, unknown>>[]): readonly RulesFinding[] {
  const content = JSON.stringify(items, null, 1);
  const { files, ruleSet } = loadRules([{ name: 'a.yaml', content }], { sources: [awselbSource] });
  expect(files[0]?.errors).toEqual([]);
  return ruleSet!.lint(formats);
}

const found = (...items: readonly Readonly<Record<string, unknown>>[]): string[] =>
  lint(...items).map(({ code, item }) => `${item?.name}: ${code}`);

describe('the lints of rules', () => {
  it('find nothing in a rule that is as it should be', () => {
    expect(found(rule('a', 'awselb.elb_status_code >= 500'))).toEqual([]);
  });

  it('warn of what a file that is no UTF-8 reads as', () => {
    expect(found(rule('a', 'awselb.request_url contains caf\ufffd'))).toEqual(['a: LINT_NOT_TEXT']);
    expect(found(rule('a', "awselb.request_verb in (GET, 'caf\ufffd')"))).toEqual(['a: LINT_NOT_TEXT']);
    expect(found(rule('a', 'awselb.elb_status_code = 500', `caf\ufffd ${origin}`))).toEqual(['a: LINT_NOT_TEXT']);
    expect(found(rule('a', 'awselb.request_url contains café'))).toEqual([]);
  });

  it('warn of texts compared with < and >, and name the number', () => {
    const [finding] = lint(rule('a', 'awselb.target_processing_time > 5.0'));
    expect(finding?.code).toBe('LINT_ORDERED_TEXT');
    expect(finding?.message).toContain('awselb.target_time_ms is the number');
    expect(finding?.snippet).toContain('^'.repeat('awselb.target_processing_time > 5.0'.length));
    expect(found(rule('a', 'awselb.target_time_ms > 5000'))).toEqual([]);
  });

  it('point into the macro that a check came from', () => {
    const [finding] = lint({ macro: 'slow', condition: 'awselb.target_processing_time > 5.0' }, rule('a', 'slow'));
    expect(finding?.at.line).toBe(4);
  });

  it.each([
    ['the same condition', 'awselb.request_verb = GET', 'awselb.request_verb = GET'],
    ['a stricter one', 'awselb.request_verb = GET', 'awselb.elb_status_code = 500 and awselb.request_verb = GET'],
    ['one of several ways', 'awselb.request_verb = GET or awselb.request_verb = PUT', 'awselb.request_verb = PUT'],
    [
      'fewer ways',
      'awselb.request_verb in (A) or awselb.client_port = 1 or awselb.client_port = 2',
      'awselb.client_port = 2 or (awselb.client_port = 1 and awselb.target_port = 3)',
    ],
  ])('warn of a rule behind another with %s', (_what, first, second) => {
    expect(found(rule('a', first), rule('b', second))).toEqual(['b: LINT_SHADOWED_RULE']);
  });

  it.each([
    ['awselb.elb_status_code = 500 and awselb.request_verb = GET', 'awselb.request_verb = GET'],
    ['awselb.request_verb = PUT', 'awselb.request_verb = GET or awselb.request_verb = PUT'],
    ['not awselb.request_verb = GET', 'awselb.request_verb = GET'],
  ])('say nothing of %s before %s', (first, second) => {
    expect(found(rule('a', first), rule('b', second))).toEqual([]);
  });

  it('let a disabled rule shadow nothing', () => {
    const off = { ...rule('a', 'awselb.request_verb = GET'), enabled: false };
    expect(found(off, rule('b', 'awselb.request_verb = GET'))).toEqual([]);
  });

  it('warn of a condition that needs fields of two kinds of logs at once', () => {
    expect(found(rule('a', 'awselb.request_verb = GET and awselb.health_status exists'))).toEqual([
      'a: LINT_NEVER_TRUE',
    ]);
    expect(found(rule('a', 'awselb.request_verb = GET or awselb.health_status exists'))).toEqual([]);
  });

  it('warn of a list that nobody defined', () => {
    expect(found(rule('a', 'awselb.request_verb in verbs'))).toEqual(['a: LINT_UNDEFINED_LIST']);
    expect(found({ list: 'verbs', items: ['GET'] }, rule('a', 'awselb.request_verb in verbs'))).toEqual([]);
    expect(found(rule('a', 'awselb.request_verb in (verbs)'))).toEqual([]);
  });

  it('warn of a list that a wrong escape empties', () => {
    expect(found(rule('a', 'awselb.request_verb in ("\\q")'))).toEqual(['a: LINT_EMPTIED_LIST']);
    expect(found({ list: 'none', items: [] }, rule('a', 'awselb.request_verb in (none)'))).toEqual([]);
  });

  it('ask an output for the way back to the line, and for the client where there is one', () => {
    const [finding] = lint(rule('a', 'awselb.elb_status_code = 500', 'oh'));
    expect(finding).toMatchObject({ code: 'LINT_OUTPUT_ORIGIN' });
    expect(finding?.message).toMatch(/where the line stands .*, nor who the client is/);
    expect(found(rule('a', 'awselb.health_status = FAIL', '%awselb.object'))).toEqual([]);
    expect(found(rule('a', 'awselb.elb_status_code = 500', '%awselb.object'))).toEqual(['a: LINT_OUTPUT_ORIGIN']);
  });

  it('have codes and reasons of their own', () => {
    expect(new Set(lints.map(({ code }) => code)).size).toBe(lints.length);
    for (const { code, about } of lints)
      expect({ code, about }).toEqual({
        code: expect.stringMatching(/^LINT_[A-Z_]+$/),
        about: expect.stringMatching(/\.$/),
      });
  });
});
