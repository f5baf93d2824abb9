import { describe, expect, it } from 'vitest';
import { awselbSource } from '../../src/detect/formats/catalogue.ts';
import { type Scribe, ScribingJudge } from '../../src/detect/judge.ts';
import type { Match } from '../../src/detect/rules/engine.ts';
import { loadRules } from '../../src/detect/rules/load-rules.ts';
import { albLine } from '../support/alb-line.ts';

const content = `
- rule: Agent
  desc: x
  condition: awselb.user_agent startswith bad
  output: "%awselb.user_agent %awselb.line"
  priority: NOTICE
  source: awselb
`;
const { ruleSet } = loadRules([{ name: 'agent.yaml', content }], { sources: [awselbSource] });
if (ruleSet === undefined) throw new Error('the rules do not load');

class Outputs implements Scribe<string> {
  #outputs: string[] = [];

  write(match: Match): void {
    this.#outputs.push(match.output().replace(/^[^:]*:[^:]*:[^:]*: Notice /, ''));
  }

  take(): readonly string[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }
}

const bytesOf = (...lines: string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''));

describe('an object before a judge', () => {
  it('gathers what its blocks give until it is asked for', () => {
    const hearing = new ScribingJudge(ruleSet, new Outputs()).open({ name: 'a.log' });
    expect(hearing.hear({ bytes: bytesOf(albLine({ agent: 'bad1' }), 'nonsense'), firstLine: 1 })).toMatchObject({
      lines: 2,
      events: 1,
      firstBad: 'nonsense',
    });
    hearing.hear({ bytes: bytesOf(albLine({ agent: 'good' }), albLine({ agent: 'bad2' })), firstLine: 3 });
    expect(hearing.alerts).toBe(2);
    expect(hearing.result()).toMatchObject({
      lines: 4,
      events: 3,
      raised: new Map([['Agent', 2]]),
      alerts: ['bad1 1', 'bad2 4'],
      bad: new Map([['unrecognised', 1]]),
      badSamples: [{ line: 2, start: 'nonsense' }],
    });
    expect(hearing.alerts).toBe(0);
    expect(hearing.result()).toEqual({
      lines: 0,
      events: 0,
      raised: new Map(),
      alerts: [],
      bad: new Map(),
      badSamples: [],
    });
  });

  it('has nothing of the object before it, whose hearing broke', () => {
    const judge = new ScribingJudge(ruleSet, new Outputs());
    judge.open({ name: 'a.log' }).hear({ bytes: bytesOf(albLine({ agent: 'bad1' })), firstLine: 1 });
    expect(judge.open({ name: 'b.log' }).result()).toMatchObject({ lines: 0, alerts: [] });
  });
});
