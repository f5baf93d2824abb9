import { pino } from 'pino';
import { printable } from './printable.ts';

export type LogLevel = 'debug' | 'notice' | 'warning' | 'error';

/** What an entry is about: `alert`, `output`, `error` … Secrets in it print as `[secret]`, errors as their message. */
type About = Readonly<Record<string, unknown>>;

/** The service's log. Messages are sentences without values; the values are in `about`. Of one message, 100 entries a second are written, and then how many more there were. */
export interface Log {
  debug(message: string, about?: About): void;
  notice(message: string, about?: About): void;
  warning(message: string, about?: About): void;
  error(message: string, about?: About): void;
}

export interface LogOptions {
  /** Entries less urgent than this are left out. */
  readonly level: LogLevel;
  /** True for short lines that a person reads, false for one JSON object a line. */
  readonly readable: boolean;
  /** Takes whole lines, with their line end; must not throw. */
  readonly write: (line: string) => void;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

const levels: Readonly<Record<LogLevel, number>> = { debug: 20, notice: 30, warning: 40, error: 50 };

export function createLog({ level, readable, write, now }: LogOptions): Log {
  const put = readable ? writeReadable(write, now) : writeJson(write, now);
  const isRoomFor = withinASecond(now, put);
  const at =
    (one: LogLevel) =>
    (message: string, about: About = {}): void => {
      if (levels[one] < levels[level]) return;
      if (one === 'debug' || isRoomFor(one, message)) put(one, message, about);
    };
  return { debug: at('debug'), notice: at('notice'), warning: at('warning'), error: at('error') };
}

/** Drops everything. */
export const silentLog: Log = createLog({ level: 'error', readable: true, write: () => undefined, now: () => 0 });

type Put = (level: LogLevel, message: string, about: About) => void;

/** Entries of one message in a second. Who sends requests without end must not fill the disk with what is said of them. */
const maxAlike = 100;

/**
 * Tells whether an entry may still be written: a message's first `maxAlike` of a second may. How many were left out is an
 * entry of its own, before the next one of whichever message once the second is over.
 */
function withinASecond(now: () => number, put: Put): (level: LogLevel, message: string) => boolean {
  const seconds = new Map<string, { readonly startMs: number; readonly level: LogLevel; entries: number }>();
  return (level, message) => {
    const nowMs = now();
    for (const [said, second] of seconds) {
      if (Math.abs(nowMs - second.startMs) < 1_000) continue;
      seconds.delete(said);
      const leftOut = second.entries - maxAlike;
      if (leftOut > 0) put(second.level, 'More entries like one before were left out.', { of: said, entries: leftOut });
    }
    const second = seconds.get(message) ?? { startMs: nowMs, level, entries: 0 };
    if (second.entries === 0) seconds.set(message, second);
    return ++second.entries <= maxAlike;
  };
}

function writeJson(write: (line: string) => void, now: () => number): Put {
  const logger = pino<LogLevel>(
    {
      base: null,
      level: 'debug',
      customLevels: levels,
      useOnlyCustomLevels: true,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      messageKey: 'message',
    },
    { write },
  );
  return (level, message, about) => logger[level](plain(about), message);
}

function plain(about: About): Record<string, unknown> {
  return Object.fromEntries(Object.entries(about).map(([key, value]) => [key, spoken(value)]));
}

/** Errors by their message and causes: stacks say nothing to who runs the service, and properties may hold requests. */
function spoken(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (!(value instanceof Error)) return value;
  return value.cause === undefined ? value.message : `${value.message} (${String(spoken(value.cause))})`;
}

function writeReadable(write: (line: string) => void, now: () => number): Put {
  return (level, message, about) => {
    const time = new Date(now()).toISOString().slice(11, 19);
    const sign = level === 'notice' ? '' : `${level}: `;
    const values = Object.entries(plain(about)).map(([key, value]) => ` ${key}=${shown(value)}`);
    write(`${printable(`${time} ${sign}${message}${values.join('')}`)}\n`);
  };
}

function shown(value: unknown): string {
  if (typeof value === 'string') return /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? String(value);
}
