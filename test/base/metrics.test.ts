import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/base/metrics.ts';

describe('the metrics', () => {
  it('carry our prefix, or the name that others chose', async () => {
    const metrics = createMetrics();
    metrics.counter({ name: 'things_total', help: 'Things.', labels: ['kind'] }).add(2, { kind: 'a' });
    metrics.counter({ name: 'other_total', help: 'Others.', foreign: true }).add(1);
    const text = await metrics.text();
    expect(text).toContain('elb_sidekick_things_total{kind="a"} 2\n');
    expect(text).toContain('\nother_total 1\n');
  });

  it('read gauges when they are scraped, and forget what is gone', async () => {
    const metrics = createMetrics();
    let outputs: readonly string[] = ['a', 'b'];
    metrics.gauge({
      name: 'queue',
      help: 'Q.',
      labels: ['output'],
      read: () => outputs.map((output) => [5, { output }] as const),
    });
    expect(await metrics.text()).toContain('elb_sidekick_queue{output="b"} 5\n');
    outputs = ['a'];
    const text = await metrics.text();
    expect(text).toContain('elb_sidekick_queue{output="a"} 5\n');
    expect(text).not.toContain('output="b"');
  });

  it('stay bounded when label values come from outside', async () => {
    const metrics = createMetrics();
    const counter = metrics.counter({ name: 'rules_total', help: 'R.', labels: ['rule'] });
    for (let n = 0; n < 2_001; n++) counter.add(1, { rule: `rule ${n}` });
    counter.add(1, { rule: 'rule 0' });
    counter.add(1, { rule: 'yet another' });
    const text = await metrics.text();
    expect(text.match(/^elb_sidekick_rules_total\{/gm)).toHaveLength(2_001);
    expect(text).toContain('elb_sidekick_rules_total{rule="rule 0"} 2\n');
    expect(text).toContain('elb_sidekick_rules_total{rule="(other)"} 2\n');
  });

  it('belong to one service each', async () => {
    const first = createMetrics();
    first.counter({ name: 'x_total', help: 'X.' }).add(1);
    expect(await createMetrics().text()).not.toContain('x_total');
  });

  it('are the same when they are made again, gauges with what reads them now', async () => {
    const metrics = createMetrics();
    for (const value of [1, 2]) {
      metrics.counter({ name: 'things_total', help: 'Things.' }).add(1);
      metrics.histogram({ name: 'seconds', help: 'S.', buckets: [1] }).observe(0.5);
      metrics.gauge({ name: 'queue', help: 'Q.', read: () => [[value, {}]] });
      metrics.gauge({ name: 'level', help: 'L.' }).set(value);
    }
    const text = await metrics.text();
    for (const line of ['things_total 2', 'seconds_count 2', 'queue 2', 'level 2'])
      expect(text).toContain(`elb_sidekick_${line}\n`);
  });
});
