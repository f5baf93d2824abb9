import type { Worker } from 'node:worker_threads';
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
  | { readonly problem: string | undefined };

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

/** Triage on a thread of its own: neither the intake nor HTTP pays for its index or its queries. */
export class TriageThread implements Triage {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #listeners = new Set<(news: TriageNews) => void>();
  readonly #ended: Promise<void>;
  #fates: AlertFate[] = [];
  #lastId = 0;
  #problem: string | undefined;
  #isOver = false;

  /** `worker` runs triage-thread.ts. */
  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (reply: TriageReply) => this.#take(reply));
    worker.on('error', (cause) => this.#fail(`the thread of triage broke: ${String(cause)}; restart the service`));
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#fail('the thread of triage has ended; restart the service');
        resolve();
      });
    });
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
    if (this.#fates.length > fates.length) return;
    // One message for what comes in a turn of the event loop.
    setImmediate(() => this.#sendFates());
  }

  watch(listener: (news: TriageNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  problems(): readonly string[] {
    return this.#problem === undefined ? [] : [this.#problem];
  }

  async close(): Promise<void> {
    this.#sendFates();
    if (!this.#isOver) this.#worker.postMessage('close', []);
    await this.#ended;
  }

  #sendFates(): void {
    if (this.#fates.length === 0) return;
    this.#ask('noteDeliveries', [this.#fates]).catch(() => undefined);
    this.#fates = [];
  }

  #ask<K extends TriageCall['call']>(call: K, args: Parameters<Calls[K]>): Promise<ReturnType<Calls[K]>> {
    if (this.#isOver) return Promise.reject(new Unavailable(this.#problem));
    if (this.#waiting.size >= maxWaiting)
      return Promise.reject(new Unavailable('too many questions wait for triage already; ask again later'));
    const asked = Promise.withResolvers<unknown>();
    const id = ++this.#lastId;
    this.#waiting.set(id, asked);
    this.#worker.postMessage({ id, call, args }, []);
    return asked.promise as Promise<ReturnType<Calls[K]>>;
  }

  #take(reply: TriageReply): void {
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

  #fail(problem: string): void {
    this.#isOver = true;
    this.#problem = problem;
    for (const { reject } of this.#waiting.values()) reject(new Unavailable(problem));
    this.#waiting.clear();
  }
}
