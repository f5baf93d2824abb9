import type { Alert } from '../alert/alert.ts';
import type { Judge, Judged, ObjectJudge, Scribe } from '../detect/judge.ts';
import type { Match, OutputEnding } from '../detect/rules/engine.ts';
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

/** How alerts are put down. */
export interface Wording {
  write(match: Match, sheet: PrintSheet): void;
  readonly ending?: OutputEnding | undefined;
}

export class PrintScribe implements Scribe<PrintedAlerts> {
  readonly ending: OutputEnding | undefined;
  readonly #wording: Wording;
  readonly #sheet = new PrintSheet();

  constructor(wording: Wording) {
    this.#wording = wording;
    this.ending = wording.ending;
  }

  write(match: Match): void {
    this.#wording.write(match, this.#sheet);
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
