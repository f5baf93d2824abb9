import type { Hearing, Judged } from './judge.ts';
import type { Reading } from './read-object.ts';

/**
 * So much of the log, or so many alerts, is one result, unless the stored bytes run out before: what there is is told then.
 * To tell a result takes some 100 µs of both threads where it crosses to another, however little it says.
 */
const resultBytes = 4 * 2 ** 20;
const resultAlerts = 1000;

/** Cuts what a judge makes of an object, while that is read, into results. */
export class ObjectResults<A> {
  readonly #hearing: Hearing<A>;
  readonly #reading: Readonly<Reading>;
  readonly #take: (judged: Judged<A>, bytes: number) => void;
  #toldBytes = 0;
  #toldLines = 0;

  /** `reading` is kept up to date by who reads; `bytes`: so much of the log the result is about. */
  constructor(hearing: Hearing<A>, reading: Readonly<Reading>, take: (judged: Judged<A>, bytes: number) => void) {
    this.#hearing = hearing;
    this.#reading = reading;
    this.#take = take;
  }

  /** There is enough for a result. */
  get areMany(): boolean {
    return this.#reading.bytes - this.#toldBytes >= resultBytes || this.#hearing.alerts >= resultAlerts;
  }

  /** Tells what there is since the last time, if there is any. */
  tell(): void {
    const { bytes, lines } = this.#reading;
    if (lines === this.#toldLines) return;
    const told = bytes - this.#toldBytes;
    this.#toldBytes = bytes;
    this.#toldLines = lines;
    this.#take(this.#hearing.result(), told);
  }
}
