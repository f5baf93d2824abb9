import { z } from 'zod';
import { parseDurationMs } from '../../base/duration.ts';

/** A time in the config: `2026-11-01`, `2026-11-01T12:00:00Z`, or so long ago: `24h`, `7d`. */
export interface Moment {
  readonly text: string;
  /** True when it counts from the time of asking. */
  readonly relative: boolean;
  at(nowMs: number): number;
}

export const moment = z.string().transform((text, context): Moment => {
  const agoMs = parseDurationMs(text);
  if (agoMs !== undefined) return { text, relative: true, at: (nowMs) => nowMs - agoMs };
  const ms = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return { text, relative: false, at: () => ms };
  const message = 'expected a date (2026-11-01), a time in UTC (2026-11-01T12:00:00Z) or how long ago (24h, 7d)';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});
