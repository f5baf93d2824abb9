import type { Alert } from '../alert/alert.ts';
import type { Clock } from '../base/clock.ts';
import { type Outcome, retry } from '../base/outcome.ts';
import type { Batch, Item } from './batch.ts';
import type { CourierObserver } from './courier.ts';
import type { DeliveryPolicy } from './delivery-policy.ts';
import type { Output } from './outputs/output.ts';

export interface SenderOptions {
  readonly name: string;
  readonly output: Output;
  readonly policy: DeliveryPolicy;
  readonly clock: Clock;
  readonly observer: CourierObserver;
  readonly random: () => number;
  /** Aborted when waits are over: the service is to stop. */
  readonly stopping: AbortSignal;
  /** Aborted when sends are over as well. */
  readonly aborting: AbortSignal;
}

/** How sending goes. `failing` after five whole sends in a row that came to nothing. */
export interface SenderState {
  readonly circuit: 'ok' | 'retrying' | 'failing';
  readonly failuresInARow: number;
  readonly lastSentMs?: number;
  readonly lastError?: string;
}

const failuresToFail = 5;
const maxAskedWaitMs = 3_600_000;

/** Sends batches to one output: timeout, outcomes, backoff, dead letters. */
export class Sender {
  readonly #options: SenderOptions;
  #failures = 0;
  #lastSentMs: number | undefined;
  #lastError: string | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  state(): SenderState {
    return {
      circuit: this.#failures === 0 ? 'ok' : this.#failures < failuresToFail ? 'retrying' : 'failing',
      failuresInARow: this.#failures,
      ...(this.#lastSentMs === undefined ? {} : { lastSentMs: this.#lastSentMs }),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }

  /** Sends once; answers what has to be sent again, after the wait. */
  async sendOnce(batch: Batch, pending: readonly Item[]): Promise<Item[]> {
    const { name, clock, observer, policy, random } = this.#options;
    const startedMs = clock.now();
    const outcomes = await this.#send(pending.map(({ stored }) => stored.alert));
    const nowMs = clock.now();
    const again: Item[] = [];
    let done = 0;
    const delivered = new Map<number, number[]>();
    let askedMs = 0;
    let cause: Error | undefined;
    for (const [index, item] of pending.entries()) {
      const outcome: Outcome = outcomes[index] ?? retry(new Error('the output gave no outcome for this alert'));
      if (item.tries === 0) item.firstTryMs = startedMs;
      item.tries += 1;
      if (outcome.kind === 'done') {
        done += 1;
        if (!item.isSummary) addToList(delivered, item.tries, item.stored.position);
      } else if (outcome.kind === 'reject') this.#bury(batch, item, outcome.cause.message);
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
      for (const [tries, positions] of delivered)
        observer.became?.({ output: name, state: 'delivered', positions, at: nowMs, tries });
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
    await clock.sleep(waitMs, this.#options.stopping);
    return again;
  }

  async #send(alerts: readonly Alert[]): Promise<readonly Outcome[]> {
    const { clock, output, policy } = this.#options;
    const over = new AbortController();
    const abort = (): void => over.abort(new Error('the service is stopping'));
    if (this.#options.aborting.aborted) abort();
    this.#options.aborting.addEventListener('abort', abort, { once: true });
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
      this.#options.aborting.removeEventListener('abort', abort);
      await timer;
    }
  }

  #bury(batch: Batch, { stored, tries, isSummary }: Item, reason: string): void {
    const { name, clock, observer } = this.#options;
    batch.buried.push({ stored, reason, tries });
    observer.buried?.(name, stored.alert, reason);
    if (isSummary) return;
    observer.became?.({ output: name, state: 'dead', positions: [stored.position], at: clock.now(), tries, reason });
  }
}

function addToList(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
