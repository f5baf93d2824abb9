import { addTo, type Batch, type Item, newBatch } from './batch.ts';
import type { Clock } from '../base/clock.ts';
import { stringifyJson } from '../base/json.ts';
import type { CourierObserver } from './courier.ts';
import type { DeliveryPolicy } from './delivery-policy.ts';
import type { BatchLimits, Output } from './outputs/output.ts';
import { createGrouping, type Grouping } from './routing/grouping.ts';
import type { Router } from './routing/router.ts';
import { Sender, type SenderState } from './sender.ts';
import type { AlertReader, AlertStore, StoredAlert } from './store/alert-store.ts';
import { type Verdict, verdictOn } from './verdict.ts';

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
export interface LaneState extends SenderState {
  readonly output: string;
  /** Dealt with up to here. */
  readonly position: number;
  readonly inFlight: number;
}

const readAtOnce = 1000;
const plannedNote = 'planned';
/** Between attempts to read or write a store that fails. */
const storePauseMs = 1000;

/** The way of one output: read, match, batch, send, retry, bury, commit. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #reader: AlertReader;
  readonly #grouping: Grouping;
  readonly #sender: Sender;
  readonly #draining = new AbortController();
  readonly #aborting = new AbortController();
  readonly #inFlight: Batch[] = [];
  #router: Router;
  #carry: StoredAlert[] = [];
  #end: number;
  #planned: number;
  #drainTo = Number.POSITIVE_INFINITY;
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
    this.#sender = new Sender({ ...options, stopping: this.#draining.signal, aborting: this.#aborting.signal });
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
      inFlight: this.#inFlight.reduce((sum, { items }) => sum + items.length, 0),
      ...this.#sender.state(),
    };
  }

  #abandoned(): boolean {
    return this.#inFlight.some(({ state }) => state === 'abandoned');
  }

  /** The next batch: full, or old enough, or everything that came before the drain; undefined when there is no more. */
  async #fill(): Promise<Batch | undefined> {
    const { clock, limits } = this.#options;
    const batch = newBatch(this.#end);
    const start = this.#end;
    const isRemade = this.#planned > start;
    let fullAtMs = Number.POSITIVE_INFINITY;
    for (;;) {
      const full = this.#take(batch, start);
      this.#end = batch.end;
      const { length } = batch.items;
      if (length > 0 && fullAtMs === Number.POSITIVE_INFINITY) fullAtMs = clock.now() + limits.maxWaitMs;
      // Alerts for others, held ones and windows that have closed: progress to write down, nothing to send.
      const onlyProgress = length === 0 && (batch.end > start || this.#grouping.hasChanges());
      const isDue = onlyProgress || (length > 0 && clock.now() >= fullAtMs);
      // A batch that is made again ends where it was planned to end, however long reading it takes.
      if (full || (isDue && !isRemade)) return this.#close(batch);
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
    if (this.#draining.signal.aborted) return this.#readWhatIsThere();
    const wait = new AbortController();
    const stop = (): void => wait.abort();
    this.#draining.signal.addEventListener('abort', stop, { once: true });
    const timer =
      untilMs === Number.POSITIVE_INFINITY
        ? undefined
        : clock.sleep(Math.max(0, untilMs - clock.now()), wait.signal).then(stop);
    try {
      return await this.#reader.next(readAtOnce, wait.signal);
    } catch (error) {
      this.#storeFailed(error);
      await clock.sleep(storePauseMs, this.#draining.signal);
      return [];
    } finally {
      stop();
      this.#draining.signal.removeEventListener('abort', stop);
      await timer;
    }
  }

  async #readWhatIsThere(): Promise<readonly StoredAlert[]> {
    const now = new AbortController();
    const reading = this.#reader.next(readAtOnce, now.signal);
    now.abort();
    const found = await reading.catch((error: unknown) => {
      this.#storeFailed(error);
      return [];
    });
    if (found.length === 0) this.#drainTo = 0;
    return found;
  }

  /** Moves what was read, and summaries that are due, into the batch that began after `start`; true when the batch is full. */
  #take(batch: Batch, start: number): boolean {
    const { clock, limits, name, observer } = this.#options;
    const fits = ({ bytes }: StoredAlert): boolean =>
      batch.items.length === 0 || (batch.items.length < limits.maxAlerts && batch.bytes + bytes <= limits.maxBytes);
    // After a crash the batch that was planned is made again as it was, so that the output overwrites it.
    const lastOfBatch = this.#planned > start ? this.#planned : Number.POSITIVE_INFINITY;
    if (lastOfBatch === Number.POSITIVE_INFINITY) {
      for (const alert of this.#grouping.due(clock.now(), limits.maxAlerts - batch.items.length))
        addTo(batch, { position: batch.end, alert, bytes: Buffer.byteLength(stringifyJson(alert)) }, true);
    }
    const held: number[] = [];
    let taken = 0;
    for (const stored of this.#carry) {
      if (stored.position > lastOfBatch) {
        batch.end = lastOfBatch;
        break;
      }
      const verdict = this.#verdict(stored, () => fits(stored));
      if (verdict.kind === 'later') break;
      taken += 1;
      if (verdict.kind === 'held') held.push(stored.position);
      if (verdict.kind === 'send') addTo(batch, { ...stored, alert: verdict.alert });
      if (stored.replayOf !== undefined) batch.replayed.push(stored.replayOf);
      else batch.end = stored.position;
    }
    this.#carry = this.#carry.slice(taken);
    if (held.length > 0) observer.became?.({ output: name, state: 'grouped', positions: held, at: clock.now() });
    if (this.#carry.length > 0 || batch.end >= lastOfBatch) return true;
    return batch.items.length >= limits.maxAlerts || batch.bytes >= limits.maxBytes;
  }

  #verdict({ alert, position, replayOf }: StoredAlert, fits: () => boolean): Verdict {
    const { name, clock, observer } = this.#options;
    // A dead letter that is sent again was meant for this output already.
    if (replayOf !== undefined) return fits() ? { kind: 'send', alert } : { kind: 'later' };
    const verdict = verdictOn(alert, name, this.#router, this.#grouping, clock.now(), fits);
    if (verdict.kind === 'skip' && verdict.muted !== undefined) {
      observer.became?.({
        output: name,
        state: 'muted',
        positions: [position],
        at: clock.now(),
        reason: verdict.muted,
      });
    }
    return verdict;
  }

  async #deliver(batch: Batch): Promise<void> {
    if (batch.items.length > 0 && this.#options.limits.sameOnRetry === true) await this.#plan(batch.end);
    let pending = batch.items;
    while (pending.length > 0) {
      pending = await this.#sender.sendOnce(batch, pending);
      if (pending.length === 0) break;
      if (this.#draining.signal.aborted) {
        await this.#abandon(batch, pending);
        return;
      }
    }
    batch.state = 'settled';
    await this.#commit();
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
        this.#storeFailed(error);
        if (this.#draining.signal.aborted) return false;
        await this.#options.clock.sleep(storePauseMs, this.#draining.signal);
      }
    }
  }

  async #plan(end: number): Promise<void> {
    try {
      const notes = new Map([[plannedNote, String(end)]]);
      await this.#reader.commit({ position: this.#reader.position(), notes }, 'synced');
    } catch (error) {
      this.#storeFailed(error);
    }
  }

  #storeFailed(error: unknown): void {
    const cause = error instanceof Error ? error : new Error(String(error));
    this.#options.observer.storeFailed?.(this.#options.name, cause);
  }
}
