import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Closers } from '../base/closers.ts';
import { readConfiguredRules } from '../config/configured-rules.ts';
import { Detector, type ObjectReport } from '../detect/detector.ts';
import { gatherFirst } from '../detect/sources/gather-first.ts';
import { readAhead } from '../detect/sources/read-ahead.ts';
import type { LogObject, Source } from '../detect/sources/source.ts';
import type { DetectingThreads } from '../detecting-threads.ts';
import { type ExitCode, WrongInput } from './command.ts';
import type { Machine } from './machine.ts';
import { namedSources } from './named-sources.ts';
import { openPrintJudge, type PrintJudge } from './print-judge.ts';
import { PrintTurn, Room } from './print-turn.ts';
import type { PrintedAlerts } from './printed-alerts.ts';
import { ProgressBar } from './progress-bar.ts';
import type { ScanOptions } from './scan.ts';
import { scanConfig } from './scan-config.ts';
import { SpillFile } from './spill-file.ts';
import { sayUnread, Summary } from './summary.ts';

/** Bytes of alerts that wait for those of the objects before them. */
const maxTextInMemory = 8 * 2 ** 20;
const maxTextOnDisk = 2 ** 30;

/**
 * `scan`: alerts to standard output in the order of the lines, everything else to standard error. Where `threads` are given
 * the rules run on them; the caller closes them.
 */
export async function runScan(
  machine: Machine,
  paths: readonly string[],
  options: ScanOptions,
  threads?: DetectingThreads,
): Promise<ExitCode> {
  const config = await scanConfig(options, machine);
  const sources = await namedSources(paths, options, machine);
  const read = await readConfiguredRules(config.rules, machine);
  const closers = new Closers();
  try {
    const wholeObjects = await oneForEachThread(sources, threads?.count ?? 1, machine.stop);
    const judge = await openPrintJudge({ ...options, config, read, threads, machine, wholeObjects, closers });
    return await scanWith(machine, sources, options, judge, wholeObjects ? (threads?.count ?? 1) : 1);
  } finally {
    await closers.closeAll();
    for (const source of sources) await source.close?.();
  }
}

async function scanWith(
  machine: Machine,
  sources: readonly Source[],
  options: ScanOptions,
  judge: PrintJudge,
  sideBySide: number,
): Promise<ExitCode> {
  const now = (): number => machine.clock.now();
  const startMs = now();
  const bar = new ProgressBar(machine.err, now);
  const leaving = new AbortController();
  const sized = machine.err.isTerminal
    ? expectTotal(bar, sources, AbortSignal.any([machine.stop, leaving.signal]))
    : undefined;
  // A folder is looked through in no time; a bucket's listing goes on while the first objects are read.
  if (sources.every(isLocal)) await sized;

  const summary = new Summary();
  let readerGone: Error | undefined;
  const take = async (printed: readonly PrintedAlerts[]): Promise<void> => {
    for (const { hours } of printed) summary.addHours(hours);
    if (machine.out.isTerminal) bar.clear();
    try {
      const texts = printed.flatMap(({ text }) => (text.length > 0 ? text : []));
      await Promise.all(texts.map((text) => machine.out.write(text)));
    } catch (error) {
      readerGone = error instanceof Error ? error : new Error(String(error));
      throw readerGone;
    }
  };
  const say = async (report: ObjectReport): Promise<void> => {
    if (readerGone !== undefined) throw readerGone;
    summary.add(report);
    const unread = machine.stop.aborted ? undefined : sayUnread(report);
    if (unread === undefined) return;
    bar.clear();
    await machine.err.write(`${unread}\n`);
  };
  // Each object's alerts and report wait until those of the objects before it are printed.
  const rooms = {
    memory: new Room(maxTextInMemory),
    disk: new Room(maxTextOnDisk),
    openFile: () => SpillFile.open(),
  };
  let turn = Promise.resolve();
  const turns: Promise<void>[] = [];
  for await (const object of gatherFirst(objectsOf(sources, machine.stop), sideBySide)) {
    const mine = new PrintTurn(turn, rooms, take);
    const detector = new Detector({
      judge,
      intake: mine,
      progressed: (_bytes, lines) => bar.advance(0, lines),
    });
    const report = detector.read(
      metered(object, (bytes) => bar.advance(bytes, 0)),
      machine.stop,
    );
    turn = Promise.all([report, mine.come]).then(([mineRead]) => say(mineRead));
    // Awaited below; one that fails before that must not end the process.
    turn.catch(() => undefined);
    turns.push(turn);
    if (turns.length > judge.ahead) await turns.shift();
  }
  await turn;
  leaving.abort();
  await sized;
  bar.clear();
  const elapsedMs = now() - startMs;
  await machine.err.write(summary.text(elapsedMs, machine.stop.aborted));
  if (options.summary !== undefined) {
    await writeSummary(resolve(machine.cwd, options.summary), summary.jsonLines(elapsedMs, machine.stop.aborted));
  }
  return summary.unread > 0 || (options.strict === true && summary.badLines > 0) ? 1 : 0;
}

/** What was named, in order; of a remote source, several objects are fetched before their turn. */
async function* objectsOf(sources: readonly Source[], signal: AbortSignal): AsyncGenerator<LogObject> {
  for (const source of sources) {
    const objects = source.objects(signal);
    yield* isLocal(source) ? objects : readAhead(objects, source.atOnce ?? 1, signal);
  }
}

/** Whether there are as many objects as threads; a source that cannot tell says why when it is read. */
async function oneForEachThread(sources: readonly Source[], threads: number, signal: AbortSignal): Promise<boolean> {
  if (threads === 1) return false;
  let missing = threads;
  try {
    for (const source of sources) {
      for await (const _ of source.objects(signal)) if (--missing === 0) return true;
    }
  } catch {
    return false;
  }
  return false;
}

function isLocal({ atOnce }: Source): boolean {
  return atOnce === 1;
}

/** Tells the bar how many bytes there are; nothing when one of the objects does not tell. */
async function expectTotal(bar: ProgressBar, sources: readonly Source[], signal: AbortSignal): Promise<void> {
  let total = 0;
  for (const source of sources) {
    for await (const { size } of source.objects(signal)) {
      if (size === undefined) return;
      total += size;
    }
  }
  if (!signal.aborted) bar.expect(total);
}

async function writeSummary(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new WrongInput(`the summary cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The object, its bytes counted as they are read. */
function metered(object: LogObject, count: (bytes: number) => void): LogObject {
  return {
    ...object,
    ...(object.file && { file: { ...object.file, read: count } }),
    async *open(signal) {
      for await (const chunk of object.open(signal)) {
        count(chunk.byteLength);
        yield chunk;
      }
    },
  };
}
