import type { MessagePort } from 'node:worker_threads';
import { present } from '../base/present.ts';
import { GunzipError } from './gunzip-limits.ts';
import type { HearingJudge, Judged } from './judge.ts';
import { NotALog } from './junk.ts';
import { ObjectResults } from './object-results.ts';
import { type Reading, type ReadingLimits, readBlocks } from './read-object.ts';
import { fileHere } from './sources/file-here.ts';
import type { LogObject } from './sources/source.ts';

/** What a thread must know of an object to read it from its stored bytes: those of the file at `path`, else those that it is sent. */
export type ReadElsewhere = Pick<LogObject, 'name' | 'linesNameTheirOrigin' | 'linesBefore'> & {
  readonly path?: string;
};

/** To the thread. An object begins when the one before it has ended; what still comes of that one is ignored. */
export type ToObjectThread =
  | { readonly kind: 'begin'; readonly object: ReadElsewhere; readonly limits?: ReadingLimits }
  /** Stored bytes. Sent only where the thread wants them. */
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array }
  /** No more chunks; `broke` when the source threw, which stays where it was thrown. */
  | { readonly kind: 'end'; readonly broke: boolean }
  /** A result has been taken. */
  | { readonly kind: 'taken' }
  /** Read no further. The object ends as when its signal aborts. */
  | { readonly kind: 'stop' };

/** From the thread: results, as many as there are, in the order of the lines, then `ended`. */
export type FromObjectThread<A> =
  /** So many further chunks may be sent. */
  | { readonly kind: 'want'; readonly chunks: number }
  | {
      readonly kind: 'judged';
      readonly judged: Judged<A>;
      /** Of the log. */
      readonly bytes: number;
      /** That the thread itself read of the file since the last result. */
      readonly stored: number;
    }
  | { readonly kind: 'ended'; readonly reading: Reading; readonly trouble?: Trouble };

/** An error's class would be lost between threads. */
type Trouble =
  | { readonly kind: 'not-a-log' | 'source-broke' | 'other'; readonly message: string }
  | { readonly kind: 'file'; readonly message: string; readonly code: unknown }
  | { readonly kind: 'gunzip'; readonly message: string; readonly reason: GunzipError['reason'] };

/** Chunks that wait in the thread or are on their way to it. */
const chunksAhead = 4;
/** Results that are on their way or wait to be taken; then nothing more is read. */
const resultsAhead = 4;

/**
 * Reads the objects that `ObjectPool` sends, one after the other, and judges them here. `memoryOf`: what of a result's
 * alerts is handed over instead of copied.
 */
export function answerObjects<A>(
  port: MessagePort,
  judge: HearingJudge<A>,
  memoryOf: (alerts: readonly A[]) => readonly ArrayBuffer[] = () => [],
): void {
  const say = (message: FromObjectThread<A>, handedOver: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, handedOver);
  let arriving: Arriving | undefined;
  const read = async (object: Arriving, limits: ReadingLimits | undefined): Promise<void> => {
    const reading: Reading = { lines: 0, events: 0, bytes: 0, testObject: false };
    const hearing = judge.open(object);
    const results = new ObjectResults(hearing, reading, (judged, bytes) => {
      say({ kind: 'judged', judged, bytes, stored: object.takeStored() }, memoryOf(judged.alerts));
      object.told();
    });
    object.runsDry = () => results.tell();
    let trouble: Trouble | undefined;
    try {
      await readBlocks(
        object,
        {
          ahead: 0,
          read: (block) => hearing.hear(block),
          take: () => {
            if (results.areMany || object.isDry) results.tell();
            return object.room();
          },
        },
        reading,
        present({ signal: object.signal, limits, unpack: 'here' as const }),
      );
    } catch (error) {
      trouble = troubleOf(error);
    }
    results.tell();
    arriving = undefined;
    say({ kind: 'ended', reading, ...present({ trouble }) });
  };
  port.on('message', (message: ToObjectThread) => {
    if (message.kind === 'begin') {
      arriving = new Arriving(message.object, (chunks) => say({ kind: 'want', chunks }));
      void read(arriving, message.limits);
    } else arriving?.hear(message);
  });
}

/** What a thread's trouble is on the thread that asked; `source` is what the object's source threw. */
export function errorOf(trouble: Trouble, source: unknown): unknown {
  switch (trouble.kind) {
    case 'not-a-log':
      return new NotALog(trouble.message);
    case 'gunzip':
      return new GunzipError(trouble.reason, trouble.message);
    case 'source-broke':
      return source;
    case 'file':
      return Object.assign(new Error(trouble.message), { code: trouble.code });
    case 'other':
      return new Error(trouble.message);
  }
}

function troubleOf(error: unknown): Trouble {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof GunzipError) return { kind: 'gunzip', message, reason: error.reason };
  if (error instanceof NotALog) return { kind: 'not-a-log', message };
  if (error instanceof FileBroke) return { kind: 'file', message, code: error.code };
  return { kind: error instanceof SourceBroke ? 'source-broke' : 'other', message };
}

class SourceBroke extends Error {}

/** The file could not be read. */
class FileBroke extends Error {
  readonly code: unknown;

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause));
    this.code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  }
}

/** An object whose stored bytes come as messages. */
class Arriving implements ReadElsewhere {
  readonly name: string;
  readonly linesNameTheirOrigin: boolean;
  readonly linesBefore?: number;
  readonly #path: string | undefined;
  #stored = 0;
  readonly #want: (chunks: number) => void;
  readonly #stop = new AbortController();
  readonly #chunks: Uint8Array[] = [];
  #end: { readonly broke: boolean } | undefined;
  #untaken = 0;
  #isDry = false;
  #arrived: (() => void) | undefined;
  #wasTaken: (() => void) | undefined;
  /** Called when stored bytes must be waited for. */
  runsDry: () => void = () => undefined;

  constructor({ name, linesNameTheirOrigin, linesBefore, path }: ReadElsewhere, want: (chunks: number) => void) {
    this.name = name;
    this.linesNameTheirOrigin = linesNameTheirOrigin ?? false;
    if (linesBefore !== undefined) this.linesBefore = linesBefore;
    this.#path = path;
    this.#want = want;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Stored bytes are waited for. */
  get isDry(): boolean {
    return this.#isDry;
  }

  hear(message: Exclude<ToObjectThread, { kind: 'begin' }>): void {
    if (message.kind === 'chunk') this.#chunks.push(message.bytes);
    else if (message.kind === 'end') this.#end = message;
    else if (message.kind === 'taken') this.#untaken -= 1;
    else this.#stop.abort();
    this.#arrived?.();
    if (this.#untaken < resultsAhead || this.signal.aborted) this.#wasTaken?.();
  }

  /** Bytes of its file that were read since the last call. */
  takeStored(): number {
    const stored = this.#stored;
    this.#stored = 0;
    return stored;
  }

  /** Nothing is wanted before this is called: a test object is not even opened. */
  open(): AsyncIterable<Uint8Array> {
    return this.#path === undefined ? this.#sent() : this.#readAt(this.#path);
  }

  async *#readAt(path: string): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of fileHere(path, this.signal)) {
        this.#stored += chunk.byteLength;
        yield chunk;
      }
    } catch (error) {
      throw new FileBroke(error);
    }
  }

  async *#sent(): AsyncGenerator<Uint8Array> {
    this.#want(chunksAhead);
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#want(1);
        yield chunk;
      } else if (this.#end === undefined) {
        this.#isDry = true;
        this.runsDry();
        await new Promise<void>((resolve) => {
          this.#arrived = resolve;
        });
        this.#isDry = false;
      } else if (this.#end.broke) throw new SourceBroke();
      else return;
    }
  }

  /** A result is on its way. */
  told(): void {
    this.#untaken += 1;
  }

  /** Pending while too many results are not taken. */
  room(): Promise<void> | undefined {
    if (this.#untaken < resultsAhead || this.signal.aborted) return undefined;
    return new Promise((resolve) => {
      this.#wasTaken = resolve;
    });
  }
}
