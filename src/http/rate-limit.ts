import type { Clock } from '../base/clock.ts';

/** How much one client may ask: so many requests a second in the long run, and so many at once after a rest. */
export interface RateLimitRules {
  readonly perSecond: number;
  readonly burst: number;
}

export interface RateLimit {
  /** Undefined when the client's request may go on, and counts. */
  refusal(this: void, address: string): Limited | undefined;
}

interface Limited {
  /** After so many seconds the next request may go on. */
  readonly waitSeconds: number;
  /** True for the first refusal after one that went on: worth a line in the log. */
  readonly isFirst: boolean;
}

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
  readonly isLimited: boolean;
}

/** Past this many clients the one that has been silent longest is forgotten: it may begin anew with a whole burst. */
const maxClients = 10_000;

/** A token bucket for each address. */
export function createRateLimit({ perSecond, burst }: RateLimitRules, clock: Pick<Clock, 'now'>): RateLimit {
  const buckets = new Map<string, Bucket>();
  return {
    refusal(address) {
      const nowMs = clock.now();
      const known = buckets.get(address);
      const restedMs = known === undefined ? 0 : Math.max(0, nowMs - known.atMs);
      const tokens = known === undefined ? burst : Math.min(burst, known.tokens + (restedMs / 1000) * perSecond);
      const isLimited = tokens < 1;
      // Taken out and put in again, so that the first key is the one that has been silent longest.
      buckets.delete(address);
      if (buckets.size >= maxClients) buckets.delete(buckets.keys().next().value ?? '');
      buckets.set(address, { tokens: isLimited ? tokens : tokens - 1, atMs: nowMs, isLimited });
      if (!isLimited) return undefined;
      return { waitSeconds: Math.ceil((1 - tokens) / perSecond), isFirst: known?.isLimited !== true };
    },
  };
}
