import { z } from 'zod';
import type { Alert } from '../../alert/alert.ts';
import { type Matcher, parseMatcher } from './matcher.ts';

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'write a time of day as HH:MM');

/** A time or a kind of alert of which a route says nothing. Every part given must hold. The alerts are stored all the same. */
export const muteConfig = z
  .strictObject({
    reason: z.string().optional().describe('Shown where an alert was muted'),
    match: z.array(z.string()).default([]).describe('Matchers, as in a route'),
    days: z.array(z.enum(days)).min(1).optional().describe('Days of the week on which it holds'),
    from: timeOfDay.optional().describe('Time of day from which it holds'),
    to: timeOfDay.optional().describe('Time of day until which it holds; earlier than `from` means past midnight'),
    timezone: z.string().default('UTC').describe('IANA name, for `days`, `from` and `to`'),
    since: z.iso.datetime({ offset: true }).optional().describe('It begins then'),
    until: z.iso.datetime({ offset: true }).optional().describe('It ends then'),
  })
  .refine((mute) => (mute.from === undefined) === (mute.to === undefined), '`from` and `to` go together');

export type MuteConfig = z.infer<typeof muteConfig>;

/** Gives the reason when the alert is muted now. */
export type Mute = (alert: Alert, nowMs: number) => string | undefined;

/** Compiles one mute; throws an error that says what is wrong with it. */
export function createMute(config: MuteConfig): Mute {
  const matchers: Matcher[] = config.match.map(parseMatcher);
  const localTime = clockOf(config.timezone);
  const sinceMs = config.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(config.since);
  const untilMs = config.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(config.until);
  const reason = config.reason ?? describeMute(config);
  return (alert, nowMs) => {
    if (nowMs < sinceMs || nowMs >= untilMs) return undefined;
    if (config.days !== undefined || config.from !== undefined) {
      if (!holdsAt(config, localTime(nowMs))) return undefined;
    }
    return matchers.every((matcher) => matcher.test(alert)) ? reason : undefined;
  };
}

interface LocalTime {
  readonly day: string;
  readonly minute: number;
}

/** A window past midnight belongs to the day on which it began: `days: [fri], from: 22:00, to: 06:00` ends on Saturday. */
function holdsAt(config: MuteConfig, { day, minute }: LocalTime): boolean {
  const from = minutesOf(config.from ?? '00:00');
  const to = minutesOf(config.to ?? '24:00');
  const onDay = (name: string): boolean => config.days === undefined || config.days.some((each) => each === name);
  if (from < to) return minute >= from && minute < to && onDay(day);
  return (minute >= from && onDay(day)) || (minute < to && onDay(dayBefore(day)));
}

function minutesOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}

function dayBefore(day: string): string {
  return days[(days.findIndex((each) => each === day) + 6) % 7] ?? day;
}

function clockOf(timezone: string): (nowMs: number) => LocalTime {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  } catch {
    throw new Error(`"${timezone}" is not a time zone; write an IANA name such as Europe/London`);
  }
  return (nowMs) => {
    const part = new Map(format.formatToParts(nowMs).map(({ type, value }) => [type, value]));
    return {
      day: (part.get('weekday') ?? '').toLowerCase(),
      minute: Number(part.get('hour')) * 60 + Number(part.get('minute')),
    };
  };
}

function describeMute({ days: on, from, to, timezone, until, match }: MuteConfig): string {
  const parts = [
    on?.join(', '),
    from === undefined ? undefined : `${from}–${to} ${timezone}`,
    until === undefined ? undefined : `until ${until}`,
    ...match,
  ];
  return `muted: ${parts.filter((part) => part !== undefined).join(', ')}`;
}
