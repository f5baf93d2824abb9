import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sayDuration } from '../base/duration.ts';
import { printable, quoted } from '../base/printable.ts';
import { type KeptBadLine, Ledger, type SourceAccount, type UnreadObject } from '../detect/ledger.ts';
import { type Buried, progressFile, SqliteProgress } from '../detect/progress.ts';
import { type ExitCode, WrongCall } from './command.ts';
import type { Machine } from './machine.ts';
import { sayCount } from './progress-bar.ts';
import { configOf } from './run-app.ts';
import type { StatusOptions } from './status.ts';

interface Status {
  /** Every source of the config, and those that were in it once. */
  readonly accounts: readonly SourceAccount[];
  readonly unread: readonly UnreadObject[];
  readonly buried: readonly Buried[];
  readonly badLines: readonly KeptBadLine[];
}

/** `status`: reads the state folder; the service may run meanwhile. */
export async function runStatus(machine: Machine, options: StatusOptions): Promise<ExitCode> {
  if (!/^[1-9]\d{0,6}$/.test(options.limit)) throw new WrongCall(`--limit wants a number from 1, not ${options.limit}`);
  const { sources, stateDir } = await configOf(options, machine);
  const status = statusIn(
    join(stateDir, progressFile),
    sources.map(({ name }) => name),
    Number(options.limit),
  );
  const say = options.format === 'text' ? inText : inJsonLines;
  for (const line of say(status)) await machine.out.write(`${line}\n`);
  return 0;
}

function statusIn(path: string, names: readonly string[], limit: number): Status {
  const untouched = names.map((name) => accountOf(name));
  if (!existsSync(path)) return { accounts: untouched, unread: [], buried: [], badLines: [] };
  const progress = new SqliteProgress(path);
  const ledger = new Ledger(path);
  try {
    const known = ledger.accounts();
    const named = untouched.map((account) => known.find(({ source }) => source === account.source) ?? account);
    return {
      accounts: [...named, ...known.filter(({ source }) => !names.includes(source))],
      unread: ledger.unread(limit),
      buried: progress.buried(limit),
      badLines: ledger.badLines(limit),
    };
  } finally {
    ledger.close();
    progress.close();
  }
}

function accountOf(source: string): SourceAccount {
  return {
    source,
    done: 0,
    givenUp: 0,
    lines: 0,
    badLines: 0,
    lastObject: '',
    lastAtMs: 0,
    waiting: undefined,
    oldestMs: undefined,
    toldAtMs: undefined,
    inFlight: 0,
    flowAtMs: undefined,
    lagMs: undefined,
    backfill: undefined,
  };
}

const time = (ms: number): string => new Date(ms).toISOString();

function* inText({ accounts, unread, buried, badLines }: Status): Generator<string> {
  if (accounts.length === 0) yield 'The config has no sources.';
  for (const account of accounts) {
    yield printable(account.source);
    if (account.lastObject === '') yield '  nothing settled yet';
    else {
      yield `  settled   ${sayCount(account.done)} read, ${sayCount(account.givenUp)} given up; ${sayCount(account.lines)} lines, ${sayCount(account.badLines)} bad`;
      yield `  last      ${printable(account.lastObject)} at ${time(account.lastAtMs)}`;
    }
    if (account.flowAtMs !== undefined) {
      const lag =
        account.lagMs === undefined ? '' : `, the last stored ${sayDuration(account.lagMs)} after it appeared`;
      yield `  reading   ${sayCount(account.inFlight)} in flight${lag}, as of ${time(account.flowAtMs)}`;
    }
    if (account.backfill !== undefined && account.backfill.days < account.backfill.ofDays)
      yield `  backfill  ${sayCount(account.backfill.days)} of ${sayCount(account.backfill.ofDays)} days listed`;
    if (account.toldAtMs !== undefined) {
      const oldest = account.oldestMs === undefined ? '' : `, the oldest ${Math.round(account.oldestMs / 1000)} s old`;
      yield `  behind    ${sayCount(account.waiting ?? 0)} waiting${oldest}, as of ${time(account.toldAtMs)}`;
    }
  }
  if (unread.length > 0) yield '\nNot read yet, will come again:';
  for (const { source, object, reason, tries, atMs } of unread)
    yield `  ${time(atMs)}  ${printable(source)}  ${printable(object)}: ${printable(reason)} (failed ${tries}×)`;
  if (buried.length > 0) yield '\nGiven up:';
  for (const { source, name, reason, sample, atMs } of buried) {
    yield `  ${time(atMs)}  ${printable(source)}  ${printable(name)}: ${printable(reason)}`;
    if (sample !== '') yield `    ${quoted(sample, 200)}`;
  }
  if (badLines.length > 0) yield '\nBad lines:';
  for (const { source, object, line, reason, detail, start } of badLines) {
    yield `  ${printable(source)}  ${printable(object)}:${line}: ${reason}: ${printable(detail)}`;
    yield `    ${quoted(start, 200)}`;
  }
}

/** Each line says with `is` what it is. Times are RFC 3339, UTC; what is not known is left out. */
function* inJsonLines({ accounts, unread, buried, badLines }: Status): Generator<string> {
  for (const { source, done, givenUp, lines, badLines: bad, ...rest } of accounts) {
    yield JSON.stringify({
      is: 'source',
      source,
      done,
      given_up: givenUp,
      lines,
      bad_lines: bad,
      ...(rest.lastObject === '' ? {} : { last_object: rest.lastObject, last_at: time(rest.lastAtMs) }),
      waiting: rest.waiting,
      oldest_ms: rest.oldestMs,
      ...(rest.toldAtMs === undefined ? {} : { told_at: time(rest.toldAtMs) }),
      in_flight: rest.inFlight,
      lag_ms: rest.lagMs,
      ...(rest.flowAtMs === undefined ? {} : { in_flight_at: time(rest.flowAtMs) }),
      ...(rest.backfill && { backfill_days: rest.backfill.days, backfill_of_days: rest.backfill.ofDays }),
    });
  }
  for (const { atMs, ...rest } of unread) yield JSON.stringify({ is: 'unread', ...rest, at: time(atMs) });
  for (const { atMs, ...rest } of buried) yield JSON.stringify({ is: 'given up', ...rest, at: time(atMs) });
  for (const { atMs, ...rest } of badLines) yield JSON.stringify({ is: 'bad line', ...rest, at: time(atMs) });
}
