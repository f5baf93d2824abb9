import { expect, it } from 'vitest';
import { explainLine } from '../../src/detect/explain-line.ts';
import { awselbSource } from '../../src/detect/formats/catalogue.ts';
import { LocalJudge } from '../../src/detect/judge.ts';
import { loadRules } from '../../src/detect/rules/load-rules.ts';
import { albLine } from '../support/alb-line.ts';

const content = `
- rule: Probe
  desc: d
  condition: awselb.request_path contains "/wp-" and not awselb.elb_status_code in (200, 204)
  output: probe %evt.num
  priority: NOTICE
  source: awselb
`;
const { ruleSet } = loadRules([{ name: 'r.yaml', content }], { sources: [awselbSource] });
if (ruleSet === undefined) throw new Error('the rules do not load');
const line = (status: number): string => albLine({ path: '/wp-ä.php', status });
const told = (text: string) => ({ object: 'a.log', number: 7, text });

it('says of a line which checks decided that a rule matches it, and what they saw', () => {
  const explained = explainLine(ruleSet, 'Probe', told(line(404)), undefined);
  expect(explained?.matched).toBe(true);
  expect(explained?.checks.map(({ check, holds }) => [check, holds])).toEqual([
    ['awselb.request_path contains /wp-', true],
    ['awselb.elb_status_code in (200, 204)', false],
  ]);
  expect(explained?.checks[1]?.fields).toEqual([{ name: 'awselb.elb_status_code', value: 404 }]);
});

it('says why it does not match', () => {
  const explained = explainLine(ruleSet, 'Probe', told(line(200)), undefined);
  expect(explained).toMatchObject({ matched: false, checks: [{ negated: true, holds: true }] });
});

it('says nothing of a rule that is not there, or of what is no event', () => {
  expect(explainLine(ruleSet, 'Other', told(line(404)), undefined)).toBeUndefined();
  expect(explainLine(ruleSet, 'Probe', told('no line of a balancer'), undefined)).toBeUndefined();
  expect(explainLine(ruleSet, 'Probe', told(''), undefined)).toBeUndefined();
});

it('does not count as an event', () => {
  const judge = new LocalJudge(ruleSet);
  const judged = (): string | undefined =>
    judge.judge({ name: 'a.log' }, { bytes: Buffer.from(line(404)), firstLine: 1 }).alerts[0]?.output;
  expect(judged()).toMatch(/probe 1$/);
  explainLine(ruleSet, 'Probe', told(line(404)), undefined);
  expect(judged()).toMatch(/probe 2$/);
});
