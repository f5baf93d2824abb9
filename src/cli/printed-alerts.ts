import type { Alert } from '../alert/alert.ts';
import type { Judge, Judged, ObjectJudge, Scribe } from '../detect/judge.ts';
import type { Match } from '../detect/rules/engine.ts';
import { type HourOfRule, HourTable } from './hour-table.ts';

/** What `scan` tells of the alerts of a block. */
export interface PrintedAlerts {
  /** Whole lines. */
  readonly text: string;
  readonly hours: readonly HourOfRule[];
}

/** Writes down the alerts of a block as `line` words them. */
export class PrintScribe implements Scribe<PrintedAlerts> {
  readonly #line: (match: Match) => string;
  #sheet = new Sheet();

  /** `line`: what is printed of a match, without line end. */
  constructor(line: (match: Match) => string) {
    this.#line = line;
  }

  write(match: Match): void {
    this.#sheet.add(this.#line(match), match.time(), match.rule.name);
  }

  take(): readonly PrintedAlerts[] {
    const sheet = this.#sheet;
    this.#sheet = new Sheet();
    return sheet.printed();
  }
}

/** Prints on this thread the alerts that another judge raises. */
export function printing(
  judge: Judge | ObjectJudge,
  line: (alert: Alert) => string,
): Judge<PrintedAlerts> | ObjectJudge<PrintedAlerts> {
  const printed = (judged: Judged): Judged<PrintedAlerts> => {
    const sheet = new Sheet();
    for (const alert of judged.alerts) sheet.add(line(alert), alert.time, alert.rule);
    return { ...judged, alerts: sheet.printed() };
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

/** The alerts of one block. */
class Sheet {
  readonly #hours = new HourTable();
  #text = '';

  add(line: string, time: string, rule: string): void {
    this.#text += `${line}\n`;
    this.#hours.add(time, rule, 1);
  }

  printed(): readonly PrintedAlerts[] {
    return this.#text === '' ? [] : [{ text: this.#text, hours: this.#hours.rows() }];
  }
}
