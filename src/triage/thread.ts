import type { Worker } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';
import type { AlertFate } from '../deliver/courier.ts';
import type { TriageState } from './answers.ts';
import type { Desk } from './desk.ts';
import { Outdated, type Triage, type TriageNews, Unavailable } from './triage.ts';

type Calls = Pick<Desk, 'alerts' | 'groups' | 'stats' | 'find' | 'decide' | 'decideAll' | 'noteDeliveries'>;

/** One question to the thread; answered by `TriageReply` with the same `id`. */
export type TriageCall = {
  [K in keyof Calls]: { readonly id: number; readonly call: K; readonly args: Parameters<Calls[K]> };
}[keyof Calls];

/** What the thread says. */
export type TriageReply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string; readonly current?: TriageState }
  | { readonly news: TriageNews }
  | { readonly problem: string | undefined }
  /** To `'beat'`: it still takes messages. */
  | { readonly alive: true };

/** Answers a call at the desk; throws what the desk throws. */
export function answerAt(desk: Desk, call: TriageCall): unknown {
  switch (call.call) {
    case 'alerts':
      return desk.alerts(...call.args);
    case 'groups':
      return desk.groups(...call.args);
    case 'stats':
      return desk.stats(...call.args);
    case 'find':
      return desk.find(...call.args);
    case 'decide':
      return desk.decide(...call.args);
    case 'decideAll':
      return desk.decideAll(...call.args);
    case 'noteDeliveries':
      return desk.noteDeliveries(...call.args);
  }
}

/** Questions that may wait; more are refused, so that a crowd cannot fill the memory. */
const maxWaiting = 1_000;

/** After it broke once it is started again at once, nearly; when it goes on to break, less and less often. */
const firstWaitMs = 500;
const maxWaitMs = 60_000;
/** A thread that lived this long did not break of what it began with. */
const steadyMs = 60_000;
/** How often it is asked whether it still takes messages; and how often in a row it may say nothing at all. Its longest work takes seconds. */
const beatMs = 15_000;
const maxSilentBeats = 8;
/** It saves its index when it closes; without that the next start makes it again. */
const closeMs = 30_000;
/** What the courier tells while the thread is down is kept for it, the newest so many. */
const maxFates = 10_000;

export interface TriageThreadOptions {
  /** Begins a thread that runs triage-thread.ts. */
  readonly start: () => Worker;
  readonly clock: Clock;
  /** Told of each thread that ends by itself, and when the next one begins. */
  readonly broke?: (cause: Error, waitMs: number) => void;
  /** Told of each thread that takes no messages any more, before it is ended; `broke` follows. */
  readonly hung?: (silentMs: number) => void;
}

/**
 * Triage on a thread of its own: neither the intake nor HTTP pays for its index or its queries. A thread that ends by itself
 * is replaced, after a while that doubles up to a minute; until then questions are refused with `Unavailable`. One that says nothing for two minutes, though it
 * is asked, is ended and replaced in the same way. (One that waits for the disk ends when the disk answers: until then a second one would wait as well.)
 */
export class TriageThread implements Triage {
  readonly #start: () => Worker;
  readonly #clock: Clock;
  readonly #broke: (cause: Error, waitMs: number) => void;
  readonly #hung: (silentMs: number) => void;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #listeners = new Set<(news: TriageNews) => void>();
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  #worker: Worker | undefined;
  #fates: AlertFate[] = [];
  #lastId = 0;
  /** Why there is no thread that answers. */
  #down: string | undefined;
  /** What the thread says is wrong. */
  #problem: string | undefined;
  /** Whether the thread said anything since the last beat. */
  #wasHeard = false;

  constructor({ start, clock, broke = () => undefined, hung = () => undefined }: TriageThreadOptions) {
    this.#start = start;
    this.#clock = clock;
    this.#broke = broke;
    this.#hung = hung;
    this.#ended = this.#keepRunning();
  }

  alerts(...args: Parameters<Triage['alerts']>): ReturnType<Triage['alerts']> {
    return this.#ask('alerts', args);
  }

  groups(...args: Parameters<Triage['groups']>): ReturnType<Triage['groups']> {
    return this.#ask('groups', args);
  }

  stats(...args: Parameters<Triage['stats']>): ReturnType<Triage['stats']> {
    return this.#ask('stats', args);
  }

  find(...args: Parameters<Triage['find']>): ReturnType<Triage['find']> {
    return this.#ask('find', args);
  }

  decide(...args: Parameters<Triage['decide']>): ReturnType<Triage['decide']> {
    return this.#ask('decide', args);
  }

  decideAll(...args: Parameters<Triage['decideAll']>): ReturnType<Triage['decideAll']> {
    return this.#ask('decideAll', args);
  }

  noteDeliveries(fates: readonly AlertFate[]): void {
    this.#fates.push(...fates);
    if (this.#fates.length > maxFates) this.#fates.splice(0, this.#fates.length - maxFates);
    if (this.#worker === undefined || this.#fates.length > fates.length) return;
    // One message for what comes in a turn of the event loop.
    setImmediate(() => this.#sendFates());
  }

  watch(listener: (news: TriageNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  problems(): readonly string[] {
    return [this.#down, this.#problem].filter((each) => each !== undefined);
  }

  async close(): Promise<void> {
    this.#sendFates();
    this.#closing.abort();
    const worker = this.#worker;
    worker?.postMessage('close', []);
    const ended = new AbortController();
    const patience = this.#clock.sleep(closeMs, ended.signal).then(() => worker?.terminate());
    await this.#ended;
    ended.abort();
    await patience;
  }

  async #keepRunning(): Promise<void> {
    let waitMs = firstWaitMs;
    while (!this.#closing.signal.aborted) {
      const startedMs = this.#clock.now();
      const cause = await this.#untilItEnds().catch((error: unknown) => new Error(String(error)));
      this.#worker = undefined;
      this.#problem = undefined;
      if (this.#clock.now() - startedMs >= steadyMs) waitMs = firstWaitMs;
      this.#refuseAll(`the thread of triage broke (${cause.message}); it is started again after ${waitMs / 1000} s`);
      if (this.#closing.signal.aborted) return;
      this.#broke(cause, waitMs);
      await this.#clock.sleep(waitMs, this.#closing.signal);
      waitMs = Math.min(2 * waitMs, maxWaitMs);
    }
  }

  /** Resolves at the exit: an error may overtake the last answers, which Node hands out before it. */
  #untilItEnds(): Promise<Error> {
    return new Promise((resolve) => {
      const worker = this.#start();
      let cause: Error | undefined;
      worker.on('message', (reply: TriageReply) => {
        // What one says that is being ended counts no more.
        if (this.#worker === worker) this.#take(reply);
      });
      worker.on('error', (error) => {
        cause = error instanceof Error ? error : new Error(String(error));
      });
      const ended = new AbortController();
      worker.on('exit', (code) => {
        ended.abort();
        resolve(cause ?? new Error(`it ended with ${code}`));
      });
      this.#worker = worker;
      this.#sendFates();
      void this.#untilSilent(worker, ended.signal).then((silentMs) => {
        if (silentMs === undefined) return;
        cause = new Error(`it said nothing for ${silentMs / 1000} s and was ended`);
        // Nobody asks it any more.
        this.#worker = undefined;
        this.#refuseAll(
          `the thread of triage has said nothing for ${silentMs / 1000} s; it is ended and started again`,
        );
        this.#hung(silentMs);
        void worker.terminate();
      });
    });
  }

  /**
   * Resolves when the thread has let too many beats pass, undefined when it ended by itself. Beats are counted, not time: where this thread or the whole
   * machine stood still, they did too.
   */
  async #untilSilent(worker: Worker, ended: AbortSignal): Promise<number | undefined> {
    for (let silent = 0; silent < maxSilentBeats; silent = this.#wasHeard ? 0 : silent + 1) {
      this.#wasHeard = false;
      worker.postMessage('beat', []);
      await this.#clock.sleep(beatMs, ended);
      if (ended.aborted) return undefined;
    }
    return maxSilentBeats * beatMs;
  }

  #refuseAll(reason: string): void {
    this.#down = reason;
    for (const { reject } of this.#waiting.values()) reject(new Unavailable(reason));
    this.#waiting.clear();
  }

  #sendFates(): void {
    if (this.#fates.length === 0 || this.#worker === undefined) return;
    this.#ask('noteDeliveries', [this.#fates]).catch(() => undefined);
    this.#fates = [];
  }

  #ask<K extends TriageCall['call']>(call: K, args: Parameters<Calls[K]>): Promise<ReturnType<Calls[K]>> {
    const worker = this.#worker;
    if (worker === undefined) return Promise.reject(new Unavailable(this.#down));
    if (this.#waiting.size >= maxWaiting)
      return Promise.reject(new Unavailable('too many questions wait for triage already; ask again later'));
    const asked = Promise.withResolvers<unknown>();
    const id = ++this.#lastId;
    this.#waiting.set(id, asked);
    worker.postMessage({ id, call, args }, []);
    return asked.promise as Promise<ReturnType<Calls[K]>>;
  }

  #take(reply: TriageReply): void {
    this.#wasHeard = true;
    this.#down = undefined;
    if ('alive' in reply) return;
    if ('news' in reply) {
      for (const listener of this.#listeners) listener(reply.news);
      return;
    }
    if ('problem' in reply) {
      this.#problem = reply.problem;
      return;
    }
    const asked = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('answer' in reply) asked?.resolve(reply.answer);
    else asked?.reject(reply.current === undefined ? new Error(reply.error) : new Outdated(reply.current));
  }
}
