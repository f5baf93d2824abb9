import { DatabaseSync } from 'node:sqlite';
import type { Alert } from '../alert/alert.ts';
import { joinedAlert, type LinePiece, linePiece } from '../alert/decode-body.ts';
import { type AlertLimits, defaultLimits } from '../alert/falco-json.ts';
import { Refused } from '../alert/refused.ts';
import type { Clock } from '../base/clock.ts';
import { makePrivate } from '../base/private-file.ts';

/**
 * Parts of lines that Docker cut at 16 KiB and that came in several requests. They are on disk before the request is answered: the
 * sender may forget them then, and a kill -9 between two parts costs nothing.
 *
 *   part ──▶ on disk, answered ──▶ the last one comes ──▶ alert ──▶ in the store ──▶ settled: only the line's name is kept,
 *              │                                            (a crash here: the sender sends           so that a part that is
 *              └── maxWaitMs passes: given up, told          again, the alert's id is the same)       sent again begins no new line
 */
export interface LineParts {
  /**
   * Keeps the parts and puts together the lines that are whole now. Call `settle` once their alerts are stored. Throws when the parts
   * are not kept: the disk does not take them, or too many wait. The sender still has them then.
   */
  join(parts: readonly LinePiece[]): JoinedLines;
  close(): Promise<void>;
}

interface JoinedLines {
  readonly records: readonly (Alert | Refused | 'skipped')[];
  /** How many of the parts wait for others. */
  readonly waiting: number;
  /** Forgets the parts of the lines in `records`. Never throws: what is left is given up later. */
  settle(): void;
}

export interface LinePartsOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly limits?: AlertLimits;
  /** So long after its first part a line is given up. */
  readonly maxWaitMs?: number;
  /** Parts that wait, and their bytes. */
  readonly maxParts?: number;
  readonly maxBytes?: number;
  /** Told of lines that were given up: how many, and how many parts of them had come. */
  readonly gaveUp: (lines: number, parts: number) => void;
}

const sweepEveryMs = 60_000;
/** 16 KiB each: far beyond what an alert may have. */
const maxOrdinal = 10_000;

export function openLineParts({
  path,
  clock,
  limits = defaultLimits,
  maxWaitMs = 600_000,
  maxParts = 20_000,
  maxBytes = 67_108_864,
  gaveUp,
}: LinePartsOptions): LineParts {
  const db = openFile(path);
  const keep = db.prepare('INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?)');
  const lineSoFar = db.prepare(
    'SELECT count(*) AS parts, sum(bytes) AS bytes, max(CASE is_last WHEN 1 THEN ordinal END) AS last FROM parts WHERE line = ?',
  );
  const partsOf = db.prepare('SELECT record FROM parts WHERE line = ?');
  const isJoined = db.prepare('SELECT 1 FROM joined WHERE line = ?');
  const forget = db.prepare('DELETE FROM parts WHERE line = ?');
  const markJoined = db.prepare('INSERT OR IGNORE INTO joined VALUES (?, ?)');
  const all = db.prepare('SELECT count(*) AS parts, ifnull(sum(bytes), 0) AS bytes FROM parts');

  const inTransaction = <T>(act: () => T): T => {
    db.exec('BEGIN IMMEDIATE');
    try {
      const result = act();
      db.exec('COMMIT');
      return result;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };

  const sweep = (): void => {
    const before = clock.now() - maxWaitMs;
    const { lines, parts } = inTransaction(() => {
      const late = 'SELECT line FROM parts GROUP BY line HAVING min(at_ms) < ?';
      const { lines } = db.prepare(`SELECT count(*) AS lines FROM (${late})`).get(before) ?? {};
      const { changes } = db.prepare(`DELETE FROM parts WHERE line IN (${late})`).run(before);
      db.prepare('DELETE FROM joined WHERE at_ms < ?').run(before);
      return { lines: Number(lines), parts: Number(changes) };
    });
    if (lines > 0) gaveUp(lines, parts);
  };
  const closing = new AbortController();
  const sweeping = (async () => {
    while (!closing.signal.aborted) {
      try {
        sweep();
      } catch {
        // A disk that takes nothing is told of by `join`; what is late goes at the next sweep.
      }
      await clock.sleep(sweepEveryMs, closing.signal);
    }
  })();

  return {
    join: (parts) =>
      inTransaction(() => {
        const nowMs = clock.now();
        const lines = new Map<string, number>();
        const records: (Alert | Refused | 'skipped')[] = [];
        for (const { record, text } of parts) {
          const { id, ordinal, last } = record.part;
          if (!Number.isInteger(ordinal) || ordinal < 1 || ordinal > maxOrdinal) records.push(noOrdinal);
          else if (isJoined.get(id) !== undefined) records.push('skipped');
          else {
            keep.run(id, ordinal, last ? 1 : 0, nowMs, Buffer.byteLength(text), text);
            lines.set(id, (lines.get(id) ?? 0) + 1);
          }
        }
        const whole: string[] = [];
        let kept = 0;
        for (const [line, count] of lines) {
          const soFar = lineSoFar.get(line) ?? {};
          if (Number(soFar['bytes']) > limits.maxBytes * 4) {
            records.push(new Refused('too_large', '', `The line has more than ${limits.maxBytes} bytes.`));
            forget.run(line);
            markJoined.run(line, nowMs);
          } else if (soFar['last'] === soFar['parts']) {
            const pieces = partsOf.all(line).flatMap(({ record }) => linePiece(String(record), limits) ?? []);
            records.push(joinedAlert(pieces, nowMs, limits));
            whole.push(line);
          } else kept += count;
        }
        if (kept > 0) refuseWhenFull(all.get() ?? {}, maxParts, maxBytes);
        return {
          records,
          waiting: kept,
          settle() {
            try {
              inTransaction(() => {
                for (const line of whole) {
                  forget.run(line);
                  markJoined.run(line, nowMs);
                }
              });
            } catch {
              // The alerts are stored; the parts go when they are late.
            }
          },
        };
      }),
    async close() {
      closing.abort();
      await sweeping;
      db.close();
    },
  };
}

function openFile(path: string): DatabaseSync {
  try {
    makePrivate(path);
    const db = new DatabaseSync(path, { timeout: 5_000 });
    // FULL: what is answered survives a power cut, as batches do. `bytes` stands before the text, which is on pages of its own.
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS parts (
        line TEXT NOT NULL,
        ordinal INTEGER NOT NULL,
        is_last INTEGER NOT NULL,
        at_ms INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        record TEXT NOT NULL,
        PRIMARY KEY (line, ordinal)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS joined (line TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID`);
    return db;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new Error(
      `cannot open ${path} (${said}): make it writable, or move it away; it holds parts of lines that wait for others`,
      { cause: error },
    );
  }
}

const noOrdinal = new Refused('incomplete', 'partial_ordinal', 'A part of a line needs its number, from 1.');

function refuseWhenFull(
  { parts, bytes }: { readonly parts?: unknown; readonly bytes?: unknown },
  maxParts: number,
  maxBytes: number,
): void {
  if (Number(parts) <= maxParts && Number(bytes) <= maxBytes) return;
  throw new Error(`${Number(parts)} parts of lines wait for others, with ${Number(bytes)} bytes: more than is kept`);
}
