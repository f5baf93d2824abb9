import type { Alert } from '../alert/alert.ts';
import type { Clock } from '../base/clock.ts';
import { type Outcome, retry } from '../base/outcome.ts';
import { stringifyJson } from '../base/json.ts';
import type { CourierObserver, DeliveryPolicy } from './courier.ts';
import type { BatchLimits, Output } from './outputs/output.ts';
import { createGrouping, type Grouping } from './routing/grouping.ts';
import type { Router } from './routing/router.ts';
import type { AlertReader, AlertStore, Burial, StoredAlert } from './store/alert-store.ts';

export interface LaneOptions {
  readonly name: string;
  readonly output: Output;
  readonly limits: BatchLimits;
  readonly policy: DeliveryPolicy;
  readonly store: AlertStore;
  readonly router: Router;
  readonly clock: Clock;
  readonly observer: CourierObserver;
  readonly random: () => number;
}

/** How an output is doing, for `/readyz`, metrics and the page. */
export interface LaneState {
  readonly output: string;
  /** Dealt with up to here. */
  readonly position: number;
  /** `failing` after five whole sends in a row that came to nothing. */
  readonly circuit: 'ok' | 'retrying' | 'failing';
  readonly failuresInARow: number;
  readonly inFlight: number;
  readonly lastSentMs?: number;
  readonly lastError?: string;
}

/** One alert on its way. */
interface Item {
  readonly stored: StoredAlert;
  tries: number;
  firstTryMs: number;
}

/**
 * A run of positions that is dealt with as one.
 *
 *   filled ──▶ (planned) ──▶ sending ⇄ waiting to retry ──▶ settled ──(all before it settled too)──▶ committed
 */
interface Batch {
  readonly items: Item[];
  bytes: number;
  /** The position up to which this batch has dealt with everything, alerts for others included. */
  end: number;
  notes: ReadonlyMap<string, string | undefined>;
  readonly replayed: number[];
  readonly buried: Burial[];
  state: 'open' | 'settled' | 'abandoned';
}

interface Verdict {
  readonly verdict: 'send' | 'held' | 'skip' | 'later';
  readonly group?: string;
}

const later: Verdict = { verdict: 'later' };

const readAtOnce = 1000;
const failuresToFail = 5;
const maxAskedWaitMs = 3_600_000;
const plannedNote = 'planned';

/** The way of one output: read, match, batch, send, retry, bury, commit. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #reader: AlertReader;
  readonly #grouping: Grouping;
  readonly #draining = new AbortController();
  readonly #aborting = new AbortController();
  readonly #inFlight: Batch[] = [];
  #router: Router;
  #carry: StoredAlert[] = [];
  #end: number;
  #planned: number;
  #drainTo = Number.POSITIVE_INFINITY;
  #failures = 0;
  #lastSentMs: number | undefined;
  #lastError: string | undefined;
  #committing: Promise<void> | undefined;
  #slotFree: () => void = () => undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#router = options.router;
    this.#reader = options.store.reader(options.name);
    const notes = this.#reader.notes();
    this.#grouping = createGrouping(options.name, notes);
    this.#end = this.#reader.position();
    this.#planned = Number(notes.get(plannedNote) ?? 0);
  }

  /** Ends after `drain`, once everything up to there was tried, or after `abort`. Never rejects. */
  async run(): Promise<void> {
    const running = new Set<Promise<void>>();
    for (;;) {
      const batch = await this.#fill();
      if (batch === undefined) break;
      this.#inFlight.push(batch);
      const run = this.#deliver(batch).finally(() => {
        running.delete(run);
        this.#slotFree();
      });
      running.add(run);
      while (running.size >= this.#options.policy.concurrency && !this.#aborting.signal.aborted) {
        await new Promise<void>((resolve) => {
          this.#slotFree = resolve;
        });
      }
      if (this.#abandoned()) break;
    }
    await Promise.all(running);
  }

  drain(upTo: number): void {
    this.#drainTo = upTo;
    this.#draining.abort();
  }

  abort(): void {
    this.#aborting.abort();
  }

  reroute(router: Router): void {
    this.#router = router;
  }

  state(): LaneState {
    return {
      output: this.#options.name,
      position: this.#reader.position(),
      circuit: this.#failures === 0 ? 'ok' : this.#failures < failuresToFail ? 'retrying' : 'failing',
      failuresInARow: this.#failures,
      inFlight: this.#inFlight.reduce((sum, { items }) => sum + items.length, 0),
      ...(this.#lastSentMs === undefined ? {} : { lastSentMs: this.#lastSentMs }),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }

  #abandoned(): boolean {
    return this.#inFlight.some(({ state }) => state === 'abandoned');
  }

  /** The next batch: full, or old enough, or everything that came before the drain; undefined when there is no more. */
  async #fill(): Promise<Batch | undefined> {
    const { clock, limits } = this.#options;
    const batch: Batch = {
      items: [],
      bytes: 0,
      end: this.#end,
      notes: new Map(),
      replayed: [],
      buried: [],
      state: 'open',
    };
    const start = this.#end;
    let fullAtMs = Number.POSITIVE_INFINITY;
    for (;;) {
      const full = this.#take(batch, start);
      this.#end = batch.end;
      const { length } = batch.items;
      if (length > 0 && fullAtMs === Number.POSITIVE_INFINITY) fullAtMs = clock.now() + limits.maxWaitMs;
      // Alerts for others, held ones and windows that have closed: progress to write down, nothing to send.
      const onlyProgress = length === 0 && (batch.end > start || this.#grouping.hasChanges());
      if (full || onlyProgress || (length > 0 && clock.now() >= fullAtMs)) return this.#close(batch);
      if (this.#draining.signal.aborted && (batch.end >= this.#drainTo || this.#aborting.signal.aborted))
        return length > 0 ? this.#close(batch) : undefined;
      const dueMs = this.#grouping.nextDueMs() ?? Number.POSITIVE_INFINITY;
      this.#carry = [...(await this.#read(Math.min(fullAtMs, dueMs)))];
    }
  }

  #close(batch: Batch): Batch {
    batch.notes = this.#grouping.changes();
    return batch;
  }

  /** Waits for alerts until that time or a drain. While draining it never waits: what is to be delivered is there already. */
  async #read(untilMs: number): Promise<readonly StoredAlert[]> {
    const { clock } = this.#options;
    if (this.#draining.signal.aborted) {
      const now = new AbortController();
      const reading = this.#reader.next(readAtOnce, now.signal);
      now.abort();
      const found = await reading;
      if (found.length === 0) this.#drainTo = 0;
      return found;
    }
    const wait = new AbortController();
    const stop = (): void => wait.abort();
    this.#draining.signal.addEventListener('abort', stop, { once: true });
    const timer =
      untilMs === Number.POSITIVE_INFINITY
        ? undefined
        : clock.sleep(Math.max(0, untilMs - clock.now()), wait.signal).then(stop);
    const found = await this.#reader.next(readAtOnce, wait.signal);
    stop();
    this.#draining.signal.removeEventListener('abort', stop);
    await timer;
    return found;
  }

  /** Moves what was read, and summaries that are due, into the batch that began after `start`; true when the batch is full. */
  #take(batch: Batch, start: number): boolean {
    const { clock, limits, name, observer } = this.#options;
    const fits = ({ bytes }: StoredAlert): boolean =>
      batch.items.length === 0 || (batch.items.length < limits.maxAlerts && batch.bytes + bytes <= limits.maxBytes);
    // After a crash the batch that was planned is made again as it was, so that the output overwrites it.
    const lastOfBatch = this.#planned > start ? this.#planned : Number.POSITIVE_INFINITY;
    let held = 0;
    let taken = 0;
    for (const stored of this.#carry) {
      const { verdict, group } = stored.position > lastOfBatch ? later : this.#verdict(stored, fits);
      if (verdict === 'later') break;
      taken += 1;
      if (verdict === 'held') held += 1;
      if (verdict === 'send') addTo(batch, group === undefined ? stored : inGroup(stored, group));
      if (stored.replayOf !== undefined) batch.replayed.push(stored.replayOf);
      else batch.end = stored.position;
    }
    this.#carry = this.#carry.slice(taken);
    if (held > 0) observer.held?.(name, held);
    if (this.#carry.length > 0 || batch.end >= lastOfBatch) return true;
    for (const alert of this.#grouping.due(clock.now()))
      addTo(batch, { position: batch.end, alert, bytes: Buffer.byteLength(stringifyJson(alert)) });
    return batch.items.length >= limits.maxAlerts || batch.bytes >= limits.maxBytes;
  }

  /** What this output does with an alert, and as a part of which group. `fits` is asked before anything is counted. */
  #verdict(stored: StoredAlert, fits: (stored: StoredAlert) => boolean): Verdict {
    const { name, clock, observer } = this.#options;
    if (stored.replayOf !== undefined) return fits(stored) ? { verdict: 'send' } : later;
    const nowMs = clock.now();
    const matches = this.#router.match(stored.alert, nowMs).filter(({ outputs }) => outputs.includes(name));
    const open = matches.filter(({ muted }) => muted === undefined);
    if (open.length === 0) {
      const reason = matches[0]?.muted;
      if (reason !== undefined) observer.muted?.(name, 1, reason);
      return { verdict: 'skip' };
    }
    if (!fits(stored)) return later;
    // Where two routes name the output, the more open one wins: it is sent once.
    for (const { throttles } of open) {
      if (!this.#grouping.admit(stored.alert, throttles, nowMs)) continue;
      const group = throttles.find(({ renews }) => !renews)?.key;
      return group === undefined ? { verdict: 'send' } : { verdict: 'send', group };
    }
    return { verdict: 'held' };
  }

  async #deliver(batch: Batch): Promise<void> {
    if (batch.items.length > 0 && this.#options.limits.sameOnRetry === true) await this.#plan(batch.end);
    let pending = batch.items;
    while (pending.length > 0) {
      pending = await this.#try(batch, pending);
      if (pending.length === 0) break;
      if (this.#draining.signal.aborted) {
        await this.#abandon(batch, pending);
        return;
      }
    }
    batch.state = 'settled';
    await this.#commit();
  }

  /** Sends once; answers what has to be sent again, after the wait. */
  async #try(batch: Batch, pending: Item[]): Promise<Item[]> {
    const { name, clock, observer, policy, random } = this.#options;
    const startedMs = clock.now();
    const outcomes = await this.#send(pending.map(({ stored }) => stored.alert));
    const nowMs = clock.now();
    const again: Item[] = [];
    let done = 0;
    let askedMs = 0;
    let cause: Error | undefined;
    for (const [index, item] of pending.entries()) {
      const outcome: Outcome = outcomes[index] ?? retry(new Error('the output gave no outcome for this alert'));
      if (item.tries === 0) item.firstTryMs = startedMs;
      item.tries += 1;
      if (outcome.kind === 'done') done += 1;
      else if (outcome.kind === 'reject') this.#bury(batch, item, outcome.cause.message);
      else {
        cause = outcome.cause;
        askedMs = Math.max(askedMs, outcome.afterMs ?? 0);
        const spent = item.tries >= policy.maxTries && nowMs - item.firstTryMs >= policy.giveUpAfterMs;
        if (spent) this.#bury(batch, item, `given up after ${item.tries} tries: ${outcome.cause.message}`);
        else again.push(item);
      }
    }
    if (done > 0) {
      this.#lastSentMs = nowMs;
      observer.sent?.(name, done, nowMs - startedMs);
    }
    if (cause === undefined) {
      this.#failures = 0;
      this.#lastError = undefined;
      return again;
    }
    this.#lastError = cause.message;
    this.#failures = done > 0 ? 0 : this.#failures + 1;
    if (again.length === 0) return again;
    const tries = Math.min(...again.map((item) => item.tries));
    const backoffMs = random() * Math.min(policy.backoffMaxMs, policy.backoffMs * 2 ** tries);
    const waitMs = Math.max(Math.min(askedMs, maxAskedWaitMs), backoffMs);
    observer.retried?.(name, again.length, cause, waitMs);
    await clock.sleep(waitMs, this.#draining.signal);
    return again;
  }

  async #send(alerts: readonly Alert[]): Promise<readonly Outcome[]> {
    const { clock, output, policy } = this.#options;
    const over = new AbortController();
    const abort = (): void => over.abort(new Error('the service is stopping'));
    if (this.#aborting.signal.aborted) abort();
    this.#aborting.signal.addEventListener('abort', abort, { once: true });
    const finished = new AbortController();
    const late = new Error(`no answer within ${policy.timeoutMs} ms`);
    const timer = clock.sleep(policy.timeoutMs, finished.signal).then(() => {
      if (!finished.signal.aborted) over.abort(late);
    });
    // An output that ignores its signal must not hold the lane either.
    const ignored = new Promise<never>((_resolve, reject) => {
      over.signal.addEventListener('abort', () => reject(over.signal.reason as Error), { once: true });
      if (over.signal.aborted) reject(over.signal.reason as Error);
    });
    try {
      return await Promise.race([output.send(alerts, over.signal), ignored]);
    } catch (error) {
      const cause = over.signal.aborted ? over.signal.reason : error;
      return alerts.map(() => retry(cause instanceof Error ? cause : new Error(String(cause))));
    } finally {
      finished.abort();
      this.#aborting.signal.removeEventListener('abort', abort);
      await timer;
    }
  }

  #bury(batch: Batch, { stored, tries }: Item, reason: string): void {
    batch.buried.push({ stored, reason, tries });
    this.#options.observer.buried?.(this.#options.name, stored.alert, reason);
  }

  /** On stop: what of the batch went out is not offered again, where positions can say so. */
  async #abandon(batch: Batch, pending: readonly Item[]): Promise<void> {
    batch.state = 'abandoned';
    const first = pending[0]?.stored;
    // A batch that overwrites itself must come again whole.
    if (this.#inFlight[0] !== batch || this.#options.limits.sameOnRetry === true || first === undefined) return;
    if (batch.notes.size > 0 || batch.replayed.length > 0) return;
    const before = first.position - 1;
    const buried = batch.buried.filter(({ stored }) => stored.position <= before);
    if (before > this.#reader.position()) await this.#write({ ...batch, end: before, buried });
  }

  /** Commits the batches at the head that are settled, one after the other. */
  async #commit(): Promise<void> {
    while (this.#inFlight[0]?.state === 'settled') {
      this.#committing ??= this.#commitHead(this.#inFlight[0]).finally(() => {
        this.#committing = undefined;
      });
      await this.#committing;
    }
  }

  async #commitHead(batch: Batch): Promise<void> {
    if (await this.#write(batch)) this.#inFlight.shift();
    else batch.state = 'abandoned';
  }

  /** False when the lane ends before the store would take it. */
  async #write({ end, notes, buried, replayed }: Batch): Promise<boolean> {
    for (;;) {
      try {
        const planned =
          this.#options.limits.sameOnRetry === true ? new Map([...notes, [plannedNote, undefined]]) : notes;
        await this.#reader.commit({ position: end, notes: planned, buried, replayed });
        return true;
      } catch (error) {
        this.#options.observer.storeFailed?.(
          this.#options.name,
          error instanceof Error ? error : new Error(String(error)),
        );
        if (this.#draining.signal.aborted) return false;
        await this.#options.clock.sleep(1000, this.#draining.signal);
      }
    }
  }

  async #plan(end: number): Promise<void> {
    try {
      const notes = new Map([[plannedNote, String(end)]]);
      await this.#reader.commit({ position: this.#reader.position(), notes }, 'synced');
    } catch (error) {
      this.#options.observer.storeFailed?.(
        this.#options.name,
        error instanceof Error ? error : new Error(String(error)),
      );
    }
  }
}

function addTo(batch: Batch, stored: StoredAlert): void {
  batch.items.push({ stored, tries: 0, firstTryMs: 0 });
  batch.bytes += stored.bytes;
}

/** The first alert of a group says so, as the group's summaries do: an output can put them into one thread. */
function inGroup(stored: StoredAlert, group: string): StoredAlert {
  const { alert } = stored;
  return { ...stored, alert: { ...alert, enrichment: { ...alert.enrichment, 'group.key': group } } };
}
