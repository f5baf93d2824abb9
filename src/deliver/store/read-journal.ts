import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { freeBytes } from '../../base/free-bytes.ts';
import type { JournalPlace } from './alert-log.ts';
import { readFrames } from './frames.ts';
import { segmentPath } from './journal.ts';
import type { AlertRecord } from './record.ts';

/** A run of the journal. */
export interface JournalPart {
  readonly records: readonly AlertRecord[];
  /** Gives the memory of the records' texts back; to be called when nobody reads them any more. */
  readonly free: () => void;
  /** Where to go on: behind the records, or at the start of the next segment. */
  readonly next: JournalPlace;
  /** Bytes at the end of a segment that are no whole frame: the machine stopped while they were written. */
  readonly cutBytes: number;
}

const bytesAtOnce = 1024 * 1024;

/** Reads on from `at`, up to about a megabyte of one segment. `last` is the last segment that there is. */
export function readJournal(path: string, at: JournalPlace, last: number): JournalPart {
  const nextSegment = { segment: at.segment + 1, offset: 0 };
  let fd: number;
  try {
    fd = openSync(segmentPath(path, at.segment), 'r');
  } catch (error) {
    // Before the first segment, and where one was taken over wholly and removed.
    if (isMissing(error) && at.segment < last)
      return { records: [], free: () => undefined, next: nextSegment, cutBytes: 0 };
    throw error;
  }
  try {
    const left = fstatSync(fd).size - at.offset;
    for (let want = Math.min(left, bytesAtOnce); ; ) {
      const bytes = Buffer.allocUnsafeSlow(Math.max(0, want));
      const { records, end, wanted } = readFrames(bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, at.offset)));
      const free = (): void => freeBytes(bytes);
      if (records.length > 0) return { records, free, next: { ...at, offset: at.offset + end }, cutBytes: 0 };
      if (wanted > want && wanted <= left) {
        want = wanted;
        continue;
      }
      return { records, free, next: at.segment < last ? nextSegment : at, cutBytes: Math.max(0, left) };
    }
  } finally {
    closeSync(fd);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
