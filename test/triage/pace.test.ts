import { expect, it } from 'vitest';
import { Pace } from '../../src/triage/pace.ts';

/** A store that takes `perSecond` alerts between `from` and `to`, looked at every 50 ms by a projection that reads `step` at once. */
function readTimes({
  perSecond,
  to,
  step,
}: {
  readonly perSecond: (ms: number) => number;
  readonly to: number;
  readonly step: number;
}): number[] {
  const pace = new Pace();
  let last = 0;
  let reached = 0;
  const reads: number[] = [];
  for (let ms = 0; ms <= to; ms += 50) {
    last += perSecond(ms) / 20;
    if (!pace.mayRead(ms, last, reached)) continue;
    if (reached < last) reads.push(ms);
    reached = Math.min(last, reached + step);
  }
  return reads;
}

it('reads at once as long as the store takes what a busy day brings', () => {
  const reads = readTimes({ perSecond: () => 4_000, to: 10_000, step: 1_000 });
  expect(reads).toEqual(Array.from({ length: 201 }, (_, n) => n * 50));
});

it('rests during a burst, and reads on as soon as it is over', () => {
  const burst = readTimes({ perSecond: (ms) => (ms < 2_000 ? 100_000 : 0), to: 10_000, step: 500 });
  expect(burst.filter((ms) => ms >= 200 && ms < 2_000)).toEqual([]);
  const [first = 0] = burst.filter((ms) => ms >= 200);
  expect(first).toBeLessThanOrEqual(2_200);
});

it('rests no longer than three seconds in a flood, and not again before it has caught up', () => {
  const reads = readTimes({ perSecond: () => 20_000, to: 20_000, step: 500 }).filter((ms) => ms >= 200);
  expect(reads[0]).toBe(3_200);
  expect(reads).toHaveLength((20_000 - 3_200) / 50 + 1);
});

it('counts bursts in a row as one as long as it is behind', () => {
  const bursts = readTimes({ perSecond: (ms) => (ms % 2_000 < 1_000 ? 50_000 : 0), to: 20_000, step: 100 });
  const gaps = bursts.slice(1).map((ms, at) => ms - (bursts[at] ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(3_000);
  expect(bursts.filter((ms) => ms > 6_000)).toHaveLength(280);
});

it('builds what is missing at full speed while nothing comes', () => {
  const pace = new Pace();
  for (let ms = 0; ms < 5_000; ms += 10) expect(pace.mayRead(ms, 1_000_000, ms)).toBe(true);
});
