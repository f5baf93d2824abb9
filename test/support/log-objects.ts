import type { Outcome } from '../../src/base/outcome.ts';
import type { LogObject } from '../../src/detect/sources/source.ts';

export interface ObjectInMemory extends LogObject {
  /** How it was settled, in order of the calls. */
  readonly settled: Outcome[];
}

/** A log object of the given chunks; a chunk that is an error is thrown there. */
export function objectOf(name: string, ...chunks: (string | Uint8Array | Error)[]): ObjectInMemory {
  const settled: Outcome[] = [];
  return {
    name,
    settled,
    open: async function* () {
      for (const chunk of chunks) {
        if (chunk instanceof Error) throw chunk;
        yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      }
    },
    settle: (outcome) => {
      settled.push(outcome);
      return Promise.resolve();
    },
  };
}
