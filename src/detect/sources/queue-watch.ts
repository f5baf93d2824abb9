import { AwsTrouble } from '../../aws/trouble.ts';
import type { SourceTools } from './source.ts';
import type { QueueFacts, SqsQueue } from './sqs-queue.ts';

const lookEveryMs = 60_000;

/** Knows how the queue is set up, and reports what is wrong with it and how much waits in it. */
export class QueueWatch {
  readonly #queue: Pick<SqsQueue, 'url' | 'look'>;
  readonly #tools: SourceTools;
  #facts: QueueFacts | undefined;
  #mayLook = true;
  #lookedAtMs = 0;

  constructor(queue: Pick<SqsQueue, 'url' | 'look'>, tools: SourceTools) {
    this.#queue = queue;
    this.#tools = tools;
  }

  /** Undefined when there is no dead-letter queue, and while the queue's attributes could not be read. */
  get deadLetters(): QueueFacts['deadLetters'] {
    return this.#facts?.deadLetters;
  }

  /** Looks once, and tells when no service can send to the queue. Never rejects. */
  async begin(signal: AbortSignal): Promise<void> {
    await this.#look(signal);
    if (this.#facts === undefined) return;
    this.#tools.report({ kind: 'behind', objects: this.#facts.waiting });
    if (this.#facts.open) return;
    const cause = new Error(
      `the policy of ${this.#queue.url} lets neither s3.amazonaws.com nor sns.amazonaws.com nor events.amazonaws.com send messages: no notification can arrive (see docs/aws.md)`,
    );
    this.#tools.report({ kind: 'trouble', cause });
  }

  /** Looks again when the last look is a minute old. `oldestSentMs`: when the oldest message at hand was sent. Never rejects. */
  async again(oldestSentMs: number | undefined, signal: AbortSignal): Promise<void> {
    const nowMs = this.#tools.clock.now();
    if (!this.#mayLook || nowMs - this.#lookedAtMs < lookEveryMs) return;
    await this.#look(signal);
    if (this.#facts === undefined) return;
    this.#tools.report({ kind: 'behind', objects: this.#facts.waiting, ageMs: nowMs - (oldestSentMs ?? nowMs) });
  }

  async #look(signal: AbortSignal): Promise<void> {
    this.#lookedAtMs = this.#tools.clock.now();
    try {
      this.#facts = await this.#queue.look(signal);
    } catch (error) {
      if (signal.aborted) return;
      const cause = error instanceof Error ? error : new Error(String(error));
      // Whether this is a wrong queue or just one permission too few, the first receive tells.
      this.#mayLook = !(cause instanceof AwsTrouble && cause.lasts === 'lasting');
      this.#tools.report({ kind: 'trouble', cause });
    }
  }
}
