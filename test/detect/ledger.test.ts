import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { done, type Outcome, reject, retry } from '../../src/base/outcome.ts';
import type { ObjectReport } from '../../src/detect/detector.ts';
import { Ledger } from '../../src/detect/ledger.ts';

let folder: string;
let ledger: Ledger;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  ledger = new Ledger(join(folder, 'progress.db'));
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

function report(object: string, outcome: Outcome, badLines = 0): ObjectReport {
  const badSamples = Array.from({ length: badLines }, (_, index) => ({
    line: index + 1,
    reason: 'unrecognised',
    detail: 'odd',
    start: 'x',
  }));
  const read = { lines: 10, events: 1, bytes: 100, testObject: false };
  return { object, outcome, ...read, bad: new Map([['unrecognised', badLines]]), badSamples, alerts: new Map() };
}

const failed = retry(new Error('denied'));

describe('the ledger', () => {
  it('adds up what a source read, for several processes and across restarts', () => {
    ledger.ended('logs', report('a', done), 1);
    const other = new Ledger(join(folder, 'progress.db'));
    other.ended('logs', report('b', reject(new Error('junk'))), 2);
    other.close();
    expect(ledger.accounts()).toMatchObject([
      { source: 'logs', done: 1, givenUp: 1, lines: 20, lastObject: 'b', lastAtMs: 2 },
    ]);
  });

  it('keeps what failed with its tries until it is settled', () => {
    ledger.ended('logs', report('a', failed), 1);
    ledger.ended('logs', report('a', failed), 2);
    expect(ledger.unread(10)).toEqual([{ source: 'logs', object: 'a', reason: 'denied', tries: 2, atMs: 2 }]);
    ledger.ended('logs', report('a', done), 3);
    expect(ledger.unread(10)).toEqual([]);
  });

  it('does not expect an object again that its source gave up at the last try', () => {
    ledger.ended('logs', report('a', failed), 1);
    ledger.buried('logs', 'a');
    ledger.ended('logs', report('a', failed), 2);
    expect(ledger.unread(10)).toEqual([]);
  });

  it('keeps what a source last told of how far it is behind', () => {
    ledger.behind('queue', { objects: 7, ageMs: 1500.4 }, 1);
    ledger.behind('queue', { objects: 3 }, 2);
    expect(ledger.accounts()).toMatchObject([{ source: 'queue', waiting: 3, oldestMs: 1500, toldAtMs: 2 }]);
  });

  it('keeps what a source is at, and how far it is with what lay there', () => {
    ledger.flows('logs', 3, undefined, 1);
    expect(ledger.accounts()).toMatchObject([{ source: 'logs', done: 0, inFlight: 3, lagMs: undefined, flowAtMs: 1 }]);
    ledger.flows('logs', 2, 1500.4, 2);
    ledger.backfills('logs', 4, 30, 3);
    ledger.flows('logs', 1, undefined, 4);
    ledger.ended('logs', report('a', done), 4);
    expect(ledger.accounts()).toMatchObject([
      { source: 'logs', done: 1, inFlight: 1, lagMs: 1500, flowAtMs: 4, backfill: { days: 4, ofDays: 30 } },
    ]);
  });

  it('keeps the newest 10,000 or so that failed and never came again', () => {
    for (let object = 0; object < 10_200; object++) ledger.ended('queue', report(`${object}`, failed), object);
    const kept = ledger.unread(20_000);
    expect(kept.length).toBeGreaterThanOrEqual(10_000);
    expect(kept.length).toBeLessThanOrEqual(10_100);
    expect([kept[0]?.object, kept.at(-1)?.object]).toEqual(['10199', String(10_200 - kept.length)]);
  });

  it('keeps the newest 1000 bad lines', () => {
    for (let object = 0; object < 250; object++) ledger.ended('logs', report(`${object}`, done, 4), object);
    expect(ledger.badLines(2000)).toHaveLength(1000);
    ledger.ended('logs', report('last', done, 1), 250);
    const kept = ledger.badLines(2000);
    expect(kept).toHaveLength(1000);
    expect(kept[0]).toMatchObject({ object: 'last', line: 1 });
    expect(kept.at(-1)).toMatchObject({ object: '0', line: 2 });
  });
});
