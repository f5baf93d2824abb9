import type { Clock } from '../../src/base/clock.ts';

/** A clock that only moves when the test says so. */
export interface HandClock extends Clock {
  /** Moves on by `ms`, waking sleepers in the order in which they are due, each with a turn to act. */
  advance(ms: number): Promise<void>;
  /** How long the sleepers still have, the shortest first. */
  sleeping(): readonly number[];
}

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

export function handClock(startMs = Date.parse('2026-11-21T00:00:00Z')): HandClock {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper: Sleeper = {
          atMs: nowMs + ms,
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
      }),
    async advance(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        await settle();
        const due = [...sleepers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (due === undefined) break;
        nowMs = Math.max(nowMs, due.atMs);
        due.wake();
      }
      nowMs = untilMs;
      await settle();
    },
    sleeping: () => [...sleepers].map(({ atMs }) => atMs - nowMs).sort((a, b) => a - b),
  };
}

/** Lets everything that is ready run: some turns of the event loop. */
export async function settle(turns = 5): Promise<void> {
  for (let turn = 0; turn < turns; turn++)
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
}

/** What a promise comes to while `pass` lets time go by; undefined when it is still pending after `turns` of that. */
export async function whilePassing<T>(
  coming: Promise<T>,
  pass: () => Promise<void>,
  turns = Number.POSITIVE_INFINITY,
): Promise<T | undefined> {
  const came = coming.then((value) => ({ value }));
  for (let turn = 0; turn < turns; turn++) {
    const first = await Promise.race([came, pass()]);
    if (first !== undefined) return first.value;
  }
  return undefined;
}
