import { gzipSync } from 'node:zlib';
import { albLine } from '../support/alb-line.ts';
import { albKey } from '../support/aws-world.ts';

/** A log object that a load balancer will deliver, and the lines in it that must raise an alert. */
export interface FleetObject {
  readonly key: string;
  readonly body: Uint8Array;
  readonly alertLines: readonly { readonly number: number; readonly text: string }[];
}

const balancers = [
  { account: '111111111111', lb: 'app.web.50dc6c495c0c9188' },
  { account: '111111111111', lb: 'app.api.60dc6c495c0c9188' },
  { account: '222222222222', lb: 'app.shop.70dc6c495c0c9188' },
  { account: '222222222222', lb: 'app.admin.80dc6c495c0c9188' },
  { account: '333333333333', lb: 'app.zoo.90dc6c495c0c9188' },
  { account: '333333333333', lb: 'app.ant.a0dc6c495c0c9188' },
] as const;

/** Numbers from 0 to below 1 that are the same for a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The day's logs of six balancers in three accounts, in order of their time. Lines with status 503 raise an alert. */
export function makeFleet(count: number, nowMs: number, random: () => number): FleetObject[] {
  return Array.from({ length: count }, (_, number) => {
    const balancer = balancers[number % balancers.length] ?? balancers[0];
    const endMs = nowMs - Math.floor(((count - number) / count) * 6 * 3_600_000);
    const at = new Date(endMs).toISOString().slice(0, 16).replaceAll(/[-:]/g, '');
    const lines = 1 + Math.floor(random() * 30);
    const alertLines: { number: number; text: string }[] = [];
    const text = Array.from({ length: lines }, (__, index) => {
      const alerts = index === 0 || random() < 0.1;
      const line = albLine({ status: alerts ? 503 : 200, path: `/${number}/${index}` });
      if (alerts) alertLines.push({ number: index + 1, text: line });
      return line;
    });
    return {
      key: albKey({ ...balancer, at: `${at}Z`, random: number.toString(36).padStart(8, '0') }),
      body: gzipSync(`${text.join('\n')}\n`),
      alertLines,
    };
  });
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [copy[last], copy[other]];
    if (a !== undefined && b !== undefined) [copy[last], copy[other]] = [b, a];
  }
  return copy;
}
