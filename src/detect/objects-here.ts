import type { Alert } from '../alert/alert.ts';
import type { HearingJudge, Judged, ObjectJudge } from './judge.ts';
import { ObjectResults } from './object-results.ts';
import { type Reading, type ReadingOptions, readBlocks } from './read-object.ts';
import { fileHere } from './sources/file-here.ts';
import type { LogObject } from './sources/source.ts';

/** Reads objects on this thread, one at a time, beside others that this thread serves: they get their turns while it reads. */
export class ObjectsHere<A = Alert> implements Pick<ObjectJudge<A>, 'read'> {
  readonly broken = false;
  readonly #judge: HearingJudge<A>;

  constructor(judge: HearingJudge<A>) {
    this.#judge = judge;
  }

  /** It ends with its signal. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** As `readBlocks`. */
  async read(
    object: LogObject,
    take: (judged: Judged<A>) => Promise<void> | undefined,
    reading: Reading,
    options: ReadingOptions,
  ): Promise<void> {
    const hearing = this.#judge.open(object);
    let taking: Promise<void> | undefined;
    const results = new ObjectResults(hearing, reading, (judged) => {
      taking = take(judged);
      // Awaited before the next block, or at the end.
      taking?.catch(() => undefined);
    });
    try {
      await readBlocks(
        { ...object, open: (signal) => watched(stored(object, signal), () => results.tell()) },
        {
          ahead: 0,
          read: (block) => hearing.hear(block),
          take: () => {
            if (!results.areMany) return taking;
            results.tell();
            return turnOfOthers(taking);
          },
        },
        reading,
        { ...options, unpack: 'here' },
      );
    } finally {
      results.tell();
      await taking;
    }
  }
}

/** The object's stored bytes. A file is not read through the event loop, which has others' turns between results only. */
async function* stored(object: LogObject, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (object.file === undefined) {
    yield* object.open(signal);
    return;
  }
  for await (const chunk of fileHere(object.file.path, signal)) {
    object.file.read?.(chunk.byteLength);
    yield chunk;
  }
}

/** What is read from memory, or unpacks to a thousand times its size, would keep the event loop waiting. */
async function turnOfOthers(taking: Promise<void> | undefined): Promise<void> {
  await taking;
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}

/** The chunks. `isDry` is called when one has not come after a turn of the event loop. */
async function* watched(chunks: AsyncIterable<Uint8Array>, isDry: () => void): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const dry = setImmediate(isDry);
      const next = await source.next().finally(() => clearImmediate(dry));
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await source.return?.();
  }
}
