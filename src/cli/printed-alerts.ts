import type { Alert } from '../alert/alert.ts';
import type { Judge, Judged, ObjectJudge, Scribe } from '../detect/judge.ts';
import type { Match } from '../detect/rules/engine.ts';
import type { HourOfRule } from './hour-table.ts';
import { PrintSheet } from './print-sheet.ts';

/** What `scan` tells of the alerts of some blocks. */
export interface PrintedAlerts {
  /** Whole lines, UTF-8, as bytes: they pass between threads and to standard output as they are. Has its memory for itself. */
  readonly text: Uint8Array<ArrayBuffer>;
  readonly hours: readonly HourOfRule[];
}

/** The memory that another thread can take over with them. */
export function memoryOf(printed: readonly PrintedAlerts[]): ArrayBuffer[] {
  return printed.map(({ text }) => text.buffer);
}

/** Writes alerts down as `write` words them. */
export class PrintScribe implements Scribe<PrintedAlerts> {
  readonly #write: (match: Match, sheet: PrintSheet) => void;
  readonly #sheet = new PrintSheet();

  /** `write`: puts a match on the sheet. */
  constructor(write: (match: Match, sheet: PrintSheet) => void) {
    this.#write = write;
  }

  write(match: Match): void {
    this.#write(match, this.#sheet);
  }

  take(): readonly PrintedAlerts[] {
    return this.#sheet.take();
  }
}

/** Prints on this thread the alerts that another judge raises. */
export function printing(
  judge: Judge | ObjectJudge,
  line: (alert: Alert) => string,
): Judge<PrintedAlerts> | ObjectJudge<PrintedAlerts> {
  const sheet = new PrintSheet();
  const printed = (judged: Judged): Judged<PrintedAlerts> => {
    for (const alert of judged.alerts) sheet.add(line(alert), alert.time, alert.rule);
    return { ...judged, alerts: sheet.take() };
  };
  const { ahead } = judge;
  if ('read' in judge) {
    return {
      ahead,
      read: (object, take, reading, options) => judge.read(object, (judged) => take(printed(judged)), reading, options),
    };
  }
  return { ahead, judge: async (object, block) => printed(await judge.judge(object, block)) };
}
