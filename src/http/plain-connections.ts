import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Answer, Posted } from './asked.ts';
import { type PlainPost, plainPost } from './plain-post.ts';

export interface PlainOptions {
  /** Answers a `POST /`; never rejects. */
  readonly post: (posted: Posted) => Promise<Answer>;
  readonly clock: Pick<Clock, 'now'>;
  /** So long a new connection may take to its first request, and any until its next one, or to read an answer. */
  readonly firstMs: number;
  readonly idleMs: number;
}

/** Connections whose requests are read here instead of by Node. */
export interface PlainConnections {
  /** Takes a new connection. `toNode` goes on with it, listening, where it sends anything else than plain posts. */
  take(socket: Socket, toNode: (socket: Socket) => void): void;
  closeIdle(): void;
  closeAll(): void;
}

/**
 * The fast lane of `POST /`. Falco, and what posts as it does, sends one request, waits, and sends the next; its request
 * comes in one piece and is always of one form. Node's HTTP takes 29 µs for such a request and its answer, IncomingMessage
 * and ServerResponse being streams with all that belongs to them; this takes 14 µs, and half of that is the kernel's.
 *
 *   new ──▶ idle ──(a whole plain post)──▶ answering ──▶ idle …
 *             ├──(a part)──▶ idle, with the part; the next piece makes it whole or goes to Node with it
 *             └──(anything else)──▶ Node's, from its first byte and for good
 *
 * What comes while an answer is under way waits for it; then it is as if it came.
 */
export function createPlainConnections(options: PlainOptions): PlainConnections {
  const open = new Set<PlainConnection>();
  return {
    take(socket, toNode) {
      const one = new PlainConnection(socket, options, toNode, () => open.delete(one));
      open.add(one);
    },
    closeIdle() {
      for (const one of open) if (one.isIdle()) one.close();
    },
    closeAll() {
      for (const one of open) one.close();
    },
  };
}

/** Longer than was told, as Node does: a request that comes at the last moment is not cut. */
const graceMs = 1_000;

class PlainConnection {
  readonly #socket: Socket;
  readonly #options: PlainOptions;
  readonly #toNode: (socket: Socket) => void;
  readonly #gone: () => void;
  readonly #address: string;
  /** What came and was not answered yet. */
  #held: Buffer | undefined;
  #isEnded = false;
  #isAnswering = false;
  /** The answer is written, and the sender does not read it. */
  #isUnread = false;

  constructor(socket: Socket, options: PlainOptions, toNode: (socket: Socket) => void, gone: () => void) {
    this.#socket = socket;
    this.#options = options;
    this.#toNode = toNode;
    this.#gone = gone;
    this.#address = socket.remoteAddress ?? '';
    socket.setTimeout(options.firstMs);
    socket.on('timeout', this.#onTimeout);
    socket.on('error', ignore);
    socket.on('close', gone);
    socket.on('end', this.#onEnd);
    socket.on('data', this.#onData);
  }

  isIdle(): boolean {
    return !this.#isAnswering && this.#held === undefined;
  }

  close(): void {
    this.#socket.destroy();
  }

  readonly #onData = (bytes: Buffer): void => {
    const isMore = this.#held !== undefined;
    this.#held = this.#held === undefined ? bytes : Buffer.concat([this.#held, bytes]);
    // Bounds what is held: nothing more is read until the answer is out.
    if (this.#isAnswering) this.#socket.pause();
    else this.#go(this.#held, isMore);
  };

  /** What is held is a request, a part of one, or Node's. */
  #go(held: Buffer, isMore: boolean): void {
    const post = plainPost(held);
    if (post === undefined || (post === 'partial' && (isMore || this.#isEnded))) this.#leave(held);
    else if (post !== 'partial') {
      this.#held = undefined;
      this.#isAnswering = true;
      void this.#answer(post);
    }
  }

  async #answer(post: PlainPost): Promise<void> {
    const answer = await this.#options.post(posted(post, this.#address));
    const socket = this.#socket;
    if (socket.destroyed) return;
    const idleMs = this.#options.idleMs + graceMs;
    if (socket.timeout !== idleMs) socket.setTimeout(idleMs);
    if (socket.write(written(answer, this.#options), 'utf8')) return this.#next();
    // A sender that does not read its answers is not read either.
    socket.pause();
    this.#isUnread = true;
    socket.once('drain', () => {
      this.#isUnread = false;
      this.#next();
    });
  }

  #next(): void {
    this.#isAnswering = false;
    if (this.#held !== undefined) this.#go(this.#held, false);
    else if (this.#isEnded) this.#socket.end();
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  /** To Node, from the first byte that was not answered. */
  #leave(bytes: Buffer): void {
    const socket = this.#socket;
    socket.off('timeout', this.#onTimeout);
    socket.off('error', ignore);
    socket.off('close', this.#gone);
    socket.off('end', this.#onEnd);
    socket.off('data', this.#onData);
    socket.setTimeout(0);
    this.#held = undefined;
    this.#gone();
    this.#toNode(socket);
    socket.emit('data', bytes);
    if (this.#isEnded) socket.emit('end');
  }

  readonly #onEnd = (): void => {
    this.#isEnded = true;
    if (this.#isAnswering) return;
    if (this.#held === undefined) this.#socket.end();
    else this.#leave(this.#held);
  };

  readonly #onTimeout = (): void => {
    if (!this.#isAnswering || this.#isUnread) this.close();
  };
}

/** `close` follows on every error. */
function ignore(): void {}

function posted({ headers, body }: PlainPost, address: string): Posted {
  return {
    method: 'POST',
    path: '/',
    address,
    header: (name) => headers.get(name),
    bytes: (maxBytes) => Promise.resolve(body.length > maxBytes ? undefined : body),
  };
}

/** As Node writes it. */
function written({ status, headers, body }: Answer, { clock, idleMs }: PlainOptions): string {
  let more = '';
  for (const name in headers) more += `${name}: ${headers[name] ?? ''}\r\n`;
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${more}Date: ${dateOf(clock.now())}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(idleMs / 1000)}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

let lastSecond = 0;
let lastDate = '';

function dateOf(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) lastDate = new Date(second * 1000).toUTCString();
  lastSecond = second;
  return lastDate;
}
