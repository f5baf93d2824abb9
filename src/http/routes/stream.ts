import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import { stringifyJson } from '../../base/json.ts';
import type { Clock } from '../../base/clock.ts';
import type { TriageState } from '../../triage/answers.ts';
import { type AlertFilter, filterOf } from '../../triage/filter.ts';
import type { Triage, TriageNews } from '../../triage/triage.ts';
import { streamQuery } from '../api/operations.ts';
import { askedOfHono } from '../asked.ts';
import { readQuery } from '../query.ts';
import type { Service, TriageService } from '../service.ts';

const maxClients = 100;
/** A burst is told of in batches: so many rows, so often. */
const rowsAtOnce = 50;
const batchEveryMs = 250;
const heartbeatMs = 15_000;
/** A client that has not read what it was sent for so long is dropped. */
const patienceMs = 30_000;
const maxDecided = 500;

/**
 * `GET /api/stream`: what happens, as server-sent events. Nothing is made for a client before it has read what was made
 * before: of a burst, or to one that reads slowly, the newest rows are sent and `stats-changed` says that there were more.
 */
export function addStreamRoute(hono: Hono, { clock, log }: Service, { sources, login, stopping }: TriageService): void {
  let clients = 0;
  hono.get('/api/stream', (c) => {
    const query = readQuery(c, streamQuery);
    if (query instanceof Response) return query;
    if (clients >= maxClients)
      return c.json({ error: 'Too many pages follow the stream already; reload instead.' }, 503);
    clients++;
    const asked = askedOfHono(c);
    const client = new StreamClient({
      triage: sources.triage,
      filter: filterOf(query, clock.now()),
      clock,
      position: lastEventOf(c),
      stopping,
      mayRead: () => login.visitor(asked) !== undefined,
    });
    const drop = (): void => {
      log.notice('A page that read the stream too slowly was dropped.');
      (c.env as Partial<HttpBindings> | undefined)?.outgoing?.destroy();
    };
    void client.watchOver(drop).finally(() => {
      clients--;
    });
    return c.body(client.body, 200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Else nginx would keep events until it has a buffer full.
      'x-accel-buffering': 'no',
    });
  });
}

/** Where a browser that lost the stream goes on; undefined: from now. */
function lastEventOf(c: Context): number | undefined {
  const id = c.req.header('last-event-id') ?? '';
  return /^\d{1,15}$/.test(id) ? Number(id) : undefined;
}

interface StreamOptions {
  readonly triage: Triage;
  readonly filter: AlertFilter;
  readonly clock: Clock;
  /** Of the last alert that the client has; undefined: from now. */
  readonly position: number | undefined;
  readonly stopping: AbortSignal;
  /** False once who asked is logged out: the stream ends before anything more is told. */
  readonly mayRead: () => boolean;
}

class StreamClient {
  readonly body: ReadableStream<Uint8Array>;
  readonly #triage: Triage;
  readonly #filter: AlertFilter;
  readonly #clock: Clock;
  readonly #mayRead: () => boolean;
  readonly #over = new AbortController();
  readonly #ended: Promise<void>;
  /** Alerts up to here were sent, or are none of its filter's. */
  #position: number | undefined;
  #newest = 0;
  #decided = new Map<string, TriageState>();
  #missedSome = false;
  #wake: () => void = () => undefined;
  #lastBatchMs = Number.NEGATIVE_INFINITY;
  /** Since when something made waits to be read; undefined while the client reads. */
  #unreadSinceMs: number | undefined;

  constructor({ triage, filter, clock, position, stopping, mayRead }: StreamOptions) {
    this.#triage = triage;
    this.#filter = filter;
    this.#clock = clock;
    this.#mayRead = mayRead;
    this.#position = position;
    this.#missedSome = position !== undefined;
    const stopWatching = triage.watch((news) => this.#take(news));
    this.#ended = new Promise((resolve) => {
      this.#over.signal.addEventListener('abort', () => {
        stopWatching();
        this.#wake();
        resolve();
      });
    });
    const end = (): void => this.#over.abort();
    stopping.addEventListener('abort', end, { once: true });
    if (stopping.aborted) end();
    void this.#ended.then(() => stopping.removeEventListener('abort', end));
    const encoder = new TextEncoder();
    this.body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        this.#unreadSinceMs = undefined;
        const text = await this.#next().then((made) => (this.#mayRead() ? made : undefined));
        if (text !== undefined) controller.enqueue(encoder.encode(text));
        this.#unreadSinceMs = clock.now();
        if (text !== undefined && !this.#over.signal.aborted) return;
        controller.close();
        end();
      },
      cancel: end,
    });
  }

  /** Resolves when the stream is over; calls `drop` for a client that stopped reading. */
  async watchOver(drop: () => void): Promise<void> {
    while (!this.#over.signal.aborted) {
      await this.#clock.sleep(heartbeatMs, this.#over.signal);
      const since = this.#unreadSinceMs;
      if (since === undefined || this.#over.signal.aborted || this.#clock.now() - since < patienceMs) continue;
      this.#over.abort();
      drop();
    }
    await this.#ended;
  }

  #take({ position, decided }: TriageNews): void {
    this.#newest = Math.max(this.#newest, position);
    for (const state of decided) this.#decided.set(state.id, state);
    if (this.#decided.size > maxDecided) this.#decided.clear();
    this.#missedSome = true;
    this.#wake();
  }

  /** The events of the next batch; undefined when the stream is over. */
  async #next(): Promise<string | undefined> {
    if (this.#position === undefined) {
      // From now on: what the lists show already is not sent again.
      this.#position = (await this.#triage.alerts({}, { limit: 1 })).alerts[0]?.position ?? 0;
      return `retry: 2000\n\n${event('stats-changed', { skipped: false }, this.#position)}`;
    }
    if (!this.#missedSome && !(await this.#somethingHappens()))
      return this.#over.signal.aborted ? undefined : ': still here\n\n';
    const pauseMs = this.#lastBatchMs + batchEveryMs - this.#clock.now();
    if (pauseMs > 0) await this.#clock.sleep(Math.min(pauseMs, batchEveryMs), this.#over.signal);
    this.#lastBatchMs = this.#clock.now();
    this.#missedSome = false;
    const decided = [...this.#decided.values()];
    this.#decided.clear();
    const newest = this.#newest;
    const { alerts, next } = await this.#triage.alerts(this.#filter, { limit: rowsAtOnce, after: this.#position });
    this.#position = Math.max(this.#position, newest, alerts[0]?.position ?? 0);
    return [
      ...alerts.toReversed().map((row) => event('alert', row, row.position)),
      ...decided.map((state) => event('triage', state)),
      event('stats-changed', { skipped: next !== undefined }, this.#position),
    ].join('');
  }

  /** False when nothing did for as long as a proxy would keep a silent connection. */
  async #somethingHappens(): Promise<boolean> {
    const beat = new AbortController();
    const happened = new Promise<boolean>((resolve) => {
      this.#wake = () => resolve(true);
    });
    const silent = this.#clock.sleep(heartbeatMs, beat.signal).then(() => false);
    const result = await Promise.race([happened, silent]);
    beat.abort();
    return result && !this.#over.signal.aborted;
  }
}

function event(name: string, value: unknown, id?: number): string {
  return `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${stringifyJson(value)}\n\n`;
}
