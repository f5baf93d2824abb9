import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '../../base/make-folder.ts';
import type { Alert } from '../../alert/alert.ts';
import type { Clock } from '../../base/clock.ts';
import type { JournalPlace } from './alert-log.ts';
import type { AlertReader, AlertStore, Appended, Durability, Retained, Retention } from './alert-store.ts';
import { Frames } from './frames.ts';
import { Journal, type JournalOptions } from './journal.ts';
import { lockJournal } from './journal-lock.ts';
import { createReader } from './reader.ts';
import { toRecord } from './record.ts';
import { storeError } from './sqlite-error.ts';
import { SqliteView } from './sqlite-view.ts';
import type { StoreCall, StoreCalls, StorePort, StoreReply } from './store-port.ts';

export interface DoorStoreOptions extends Pick<JournalOptions, 'segmentBytes' | 'sync'> {
  readonly path: string;
  readonly clock: Clock;
  /** Where `serveStore` listens. */
  readonly port: StorePort;
  readonly maxBytes?: number;
  readonly syncEveryMs?: number;
  /** So far the table may be behind the journal; then appends wait. */
  readonly maxBehindBytes?: number;
  /** Something that a person should read. */
  readonly notice: (text: string) => void;
}

/**
 * The store for a service: its door writes a journal and goes on, another thread does all the rest.
 *
 *   append written ──▶ journal ──▶ answer                  append synced ──┐
 *                         └────────────────▶ thread: one transaction ◀─────┴── readers' commits, retention
 *                                                    └──▶ answer
 *
 * Only one process at a time holds the journal of a store. Another one that opens the same store so does without it.
 */
export async function openDoorStore(options: DoorStoreOptions): Promise<AlertStore> {
  const { path, clock, port, notice } = options;
  const explain = (error: unknown): Error => storeError('write to', path, error);
  let lock: { close(): void } | undefined;
  try {
    makeFolder(dirname(path));
    lock = lockJournal(path);
  } catch (error) {
    throw storeError('open', path, error);
  }
  const writer = new Writer(port);
  try {
    writer.notice = notice;
    const settings = { path, maxBytes: options.maxBytes, journal: lock !== undefined };
    const segment = await writer.call('open', settings);
    if (lock === undefined)
      notice(
        `another process takes alerts in for the store ${path}: this one writes them without the journal, more slowly`,
      );
    const db = new DatabaseSync(path, { timeout: 5000, readOnly: true });
    const journal =
      lock && new Journal({ ...options, segment, clock, explain, syncEveryMs: options.syncEveryMs ?? 100 });
    return new DoorStore({
      db,
      clock,
      writer,
      journal,
      lock,
      explain,
      maxBehindBytes: options.maxBehindBytes ?? 64 * 1024 * 1024,
    });
  } catch (error) {
    lock?.close();
    await writer.call('close').catch(() => undefined);
    throw error;
  }
}

interface DoorParts {
  readonly db: DatabaseSync;
  readonly clock: Clock;
  readonly writer: Writer;
  readonly journal: Journal | undefined;
  readonly lock: { close(): void } | undefined;
  readonly explain: (error: unknown) => Error;
  readonly maxBehindBytes: number;
}

class DoorStore extends SqliteView implements AlertStore {
  readonly #parts: DoorParts;
  #moved: JournalPlace;
  #isMoving = false;
  #problem: Error | undefined;
  readonly #following = new Set<() => void>();

  constructor(parts: DoorParts) {
    super(parts.db, parts.clock);
    this.#parts = parts;
    this.#moved = parts.journal?.end() ?? { segment: 0, offset: 0 };
    parts.writer.committed = () => this.wake();
    parts.writer.moved = (place, problem) => this.#follow(place, problem);
    parts.writer.ended = (why) => this.#follow(this.#moved, why);
  }

  async append(alerts: readonly Alert[], durability: Durability): Promise<readonly Appended[]> {
    const { journal, maxBehindBytes, explain } = this.#parts;
    if (this.closing.signal.aborted) throw explain(new Error('it is closed'));
    if (durability === 'synced' || journal === undefined) return this.#appendAtOnce(alerts, durability);
    // What the table does not take, nobody would ever read: better that the sender keeps it.
    while (this.#problem === undefined && journal.bytesAfter(this.#moved) > maxBehindBytes) await this.#next();
    if (this.#problem !== undefined) throw this.#problem;
    const now = this.clock.now();
    await journal.append(alerts.map((alert) => toRecord(alert, now)));
    this.#tell(journal);
    return alerts.map(() => 'taken');
  }

  #appendAtOnce(alerts: readonly Alert[], durability: Durability): Promise<readonly Appended[]> {
    const now = this.clock.now();
    const frames = new Frames(64 + 1536 * alerts.length);
    for (const alert of alerts) frames.add(toRecord(alert, now));
    return this.#parts.writer.call('append', frames.take(), durability);
  }

  async settled(): Promise<void> {
    const { journal } = this.#parts;
    if (journal === undefined) return;
    journal.flush();
    const end = journal.end();
    this.#tell(journal);
    while (isBefore(this.#moved, end)) {
      if (this.#problem !== undefined) throw this.#problem;
      await this.#next();
    }
  }

  reader(name: string): AlertReader {
    return createReader(name, {
      db: this.db,
      commit: (reader, commit, durability) => this.#parts.writer.call('commit', reader, commit, durability),
      changed: (signal) => this.changed(signal),
    });
  }

  removeReader(name: string): Promise<void> {
    return this.#parts.writer.call('removeReader', name);
  }

  replay(output?: string, letters?: readonly number[]): Promise<number> {
    return this.#parts.writer.call('replay', output, letters);
  }

  retain(retention: Retention): Promise<Retained> {
    return this.#parts.writer.call('retain', retention);
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    const { journal, writer, lock } = this.#parts;
    this.closing.abort();
    this.wake();
    await journal?.close();
    if (journal !== undefined) writer.tell({ journal: journal.end() });
    this.db.close();
    try {
      await writer.call('close');
    } finally {
      lock?.close();
    }
  }

  /** One message at a time is on its way: the thread answers it with how far it came. */
  #tell(journal: Journal): void {
    if (this.#isMoving || !isBefore(this.#moved, journal.end())) return;
    this.#isMoving = true;
    this.#parts.writer.tell({ journal: journal.end() });
  }

  #follow(moved: JournalPlace, problem: string | undefined): void {
    const { journal } = this.#parts;
    this.#moved = moved;
    this.#problem = problem === undefined ? undefined : new Error(problem);
    journal?.forgetBefore(moved);
    this.#isMoving = false;
    if (journal !== undefined && problem === undefined && !this.closing.signal.aborted) this.#tell(journal);
    for (const go of this.#following) go();
    this.#following.clear();
  }

  /** Resolves when the thread tells how far it has come, or that it is gone. */
  #next(): Promise<void> {
    return new Promise((resolve) => this.#following.add(resolve));
  }
}

function isBefore(a: JournalPlace, b: JournalPlace): boolean {
  return a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset);
}

type Args<K extends keyof StoreCalls> = Parameters<StoreCalls[K]>;
type Answer<K extends keyof StoreCalls> = ReturnType<StoreCalls[K]>;

/** Calls over the port. When the thread ends, everything that waits is rejected, and everything after. */
class Writer {
  readonly #port: StorePort;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  #gone: Error | undefined;
  committed: () => void = () => undefined;
  moved: (place: JournalPlace, problem: string | undefined) => void = () => undefined;
  notice: (text: string) => void = () => undefined;
  ended: (why: string) => void = () => undefined;

  constructor(port: StorePort) {
    this.#port = port;
    port.on('message', (reply) => this.#take(reply as StoreReply));
    port.on('error', (error) => this.#end(`it broke: ${String(error)}`));
    port.on('exit', () => this.#end('it has ended'));
    port.on('close', () => this.#end('it has ended'));
  }

  call<K extends keyof StoreCalls>(call: K, ...args: Args<K>): Answer<K> {
    const waiting = Promise.withResolvers<unknown>();
    if (this.#gone !== undefined) waiting.reject(this.#gone);
    else {
      const id = ++this.#lastId;
      this.#waiting.set(id, waiting);
      const message = { id, call, args } as StoreCall;
      this.#port.postMessage(message, call === 'append' ? [bufferOf(args)] : []);
    }
    // The reply to a call is that call's: StoreCalls is what both sides are written to.
    return waiting.promise as Answer<K>;
  }

  tell(news: { readonly journal: JournalPlace }): void {
    if (this.#gone === undefined) this.#port.postMessage(news, []);
  }

  #take(reply: StoreReply): void {
    if ('committed' in reply) this.committed();
    else if ('moved' in reply) this.moved(reply.moved, reply.problem);
    else if ('notice' in reply) this.notice(reply.notice);
    else {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ('error' in reply) waiting?.reject(new Error(reply.error));
      else waiting?.resolve(reply.answer);
    }
  }

  #end(how: string): void {
    this.#gone ??= new Error(`the thread that writes the alert store is gone (${how}): restart the service`);
    for (const { reject } of this.#waiting.values()) reject(this.#gone);
    this.#waiting.clear();
    this.ended(this.#gone.message);
  }
}

function bufferOf([frames]: readonly unknown[]): ArrayBuffer {
  if (frames instanceof Uint8Array && frames.buffer instanceof ArrayBuffer) return frames.buffer;
  throw new Error('frames are bytes of their own');
}
