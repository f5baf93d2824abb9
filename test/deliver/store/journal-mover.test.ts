import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { JournalPlace } from '../../../src/deliver/store/alert-log.ts';
import { JournalMover } from '../../../src/deliver/store/journal-mover.ts';
import { handClock } from '../../support/hand-clock.ts';

/** A mover whose table has taken over everything up to `at`. */
function moverAt(at: JournalPlace): { readonly mover: JournalMover; readonly told: JournalPlace[] } {
  const folder = mkdtempSync(join(tmpdir(), 'journal-mover-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const told: JournalPlace[] = [];
  const mover = new JournalMover({
    path: join(folder, 'alerts.db'),
    clock: handClock(),
    store: { moved: () => at, move: () => Promise.resolve() },
    told: (moved) => told.push(moved),
    notice: () => undefined,
  });
  return { mover, told };
}

test.each([
  ['the place it stands at', { segment: 2, offset: 100 }],
  ['a place it has passed', { segment: 2, offset: 60 }],
  ['a place in a segment before', { segment: 1, offset: 4_000 }],
])('a mover that is told of %s answers where it is: the door waits for that before it tells again', (_what, until) => {
  const { mover, told } = moverAt({ segment: 2, offset: 100 });
  mover.moveTo(until);
  expect(told).toEqual([{ segment: 2, offset: 100 }]);
});
