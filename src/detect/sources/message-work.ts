import type { Clock } from '../../base/clock.ts';
import { done, type Outcome, retry } from '../../base/outcome.ts';
import type { NotifiedObject } from './notification.ts';
import { maxVisibilityMs, type QueueMessage, type SqsQueue } from './sqs-queue.ts';

export interface WorkTools {
  readonly queue: SqsQueue;
  readonly clock: Clock;
  readonly visibilityMs: number;
  /** Told when the message could not be kept hidden: someone else may get it as well. */
  readonly lostGrip: (cause: Error) => void;
  /** Called once, when every object is settled, with the worst of their outcomes and the objects that are to be retried. */
  readonly finish: (message: QueueMessage, outcome: Outcome, failed: readonly NotifiedObject[]) => Promise<void>;
}

/** A message from its receipt until all its objects are settled. Meanwhile it is kept hidden from other readers of the queue. */
export class MessageWork {
  readonly message: QueueMessage;
  readonly #tools: WorkTools;
  readonly #untaken: NotifiedObject[];
  readonly #failed: NotifiedObject[] = [];
  readonly #finished = new AbortController();
  #unsettled = 0;
  #worst: Outcome = done;

  constructor(message: QueueMessage, objects: readonly NotifiedObject[], tools: WorkTools) {
    this.message = message;
    this.#tools = tools;
    this.#untaken = [...objects];
    void this.#keepHidden();
  }

  /** The next object that was not taken yet. */
  peek(): NotifiedObject | undefined {
    return this.#untaken[0];
  }

  /** Takes the object that `peek` showed; the caller settles it once, with what is returned. */
  take(): (outcome: Outcome) => Promise<void> {
    const object = this.#untaken.shift();
    this.#unsettled++;
    return (outcome) => {
      this.#unsettled--;
      if (object !== undefined && outcome.kind === 'retry') this.#failed.push(object);
      return this.#settled(outcome);
    };
  }

  /** Gives up what was not taken: the message will come again for it, at once when nothing else of it is under way. */
  async abandonRest(): Promise<void> {
    if (this.#untaken.length === 0) return;
    this.#untaken.length = 0;
    await this.#settled(retry(new Error('stopped before it was read'), 0));
  }

  #settled(outcome: Outcome): Promise<void> {
    if (this.#worst.kind !== 'retry') this.#worst = outcome;
    if (this.#unsettled > 0 || this.#untaken.length > 0) return Promise.resolve();
    this.#finished.abort();
    return this.#tools.finish(this.message, this.#worst, this.#failed);
  }

  /** Hides the message again whenever half of its time is over; never rejects. */
  async #keepHidden(): Promise<void> {
    const { clock, queue, visibilityMs, lostGrip } = this.#tools;
    const { signal } = this.#finished;
    const giveUpAtMs = clock.now() + maxVisibilityMs - visibilityMs;
    for (;;) {
      await clock.sleep(visibilityMs / 2, signal);
      if (signal.aborted || clock.now() >= giveUpAtMs) return;
      try {
        await queue.hide(this.message, visibilityMs);
      } catch (error) {
        if (!signal.aborted) lostGrip(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }
}
