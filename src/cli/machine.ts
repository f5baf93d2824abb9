import { hostname } from 'node:os';
import { type Clock, systemClock } from '../base/clock.ts';

/** A stream that text is written to, as bytes (UTF-8) where it is there as bytes. */
export interface Writer {
  /** True when a person watches. */
  readonly isTerminal: boolean;
  readonly columns: number;
  /** Resolves when the stream can take more. Rejects with `ReaderGone` when whoever reads it has closed it (`| head`). */
  write(text: string | Uint8Array): Promise<void>;
}

/** Whoever read our output has left: nothing is wrong, there is only nobody to talk to. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

/** What commands may touch of the process, so that a test can be the process. */
export interface Machine {
  readonly out: Writer;
  readonly err: Writer;
  stdin(): AsyncIterable<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  readonly hostname: string;
  /** Aborted by the first SIGINT or SIGTERM: come to a clean end. A second one ends the process at once. */
  readonly stop: AbortSignal;
  /** Has `listener` called at each SIGHUP; without one, SIGHUP ends the process. Call once. */
  onHangup(listener: () => void): void;
}

/** The process we are in. Call once. */
export function systemMachine(): Machine {
  const stop = new AbortController();
  const stopOnce = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    stop.abort(signal);
  };
  process.on('SIGINT', stopOnce);
  process.on('SIGTERM', stopOnce);
  return {
    out: writerTo(process.stdout),
    err: writerTo(process.stderr),
    stdin: () => process.stdin,
    env: process.env,
    cwd: process.cwd(),
    clock: systemClock,
    hostname: process.env['FALCO_HOSTNAME'] ?? hostname(),
    stop: stop.signal,
    onHangup: (listener) => void process.on('SIGHUP', listener),
  };
}

function writerTo(stream: NodeJS.WriteStream): Writer {
  let gone = false;
  // Also keeps an EPIPE from ending the process with a stack trace.
  stream.on('error', () => {
    gone = true;
  });
  return {
    isTerminal: stream.isTTY,
    get columns() {
      return stream.columns ?? 80;
    },
    write: (text) =>
      new Promise((resolve, reject) => {
        if (gone) return reject(new ReaderGone('nobody reads this output any more'));
        stream.write(text, (error) => {
          if (error === null || error === undefined) resolve();
          else reject(new ReaderGone('nobody reads this output any more', { cause: error }));
        });
      }),
  };
}
