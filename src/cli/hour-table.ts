import { printable } from '../base/printable.ts';
import { sayCount } from './progress-bar.ts';

/** A rule's alerts in one hour of UTC. */
export interface HourOfRule {
  /** `2026-11-21T13:00:00Z`. */
  readonly hour: string;
  readonly rule: string;
  readonly alerts: number;
}

/** Times are what the logs say: a damaged one may hold any number of different hours. */
const maxHours = 100_000;
const rulesInLine = 4;
const linesShown = 200;

/** Alerts counted by rule and hour: what a rule would have cost those who answer for it. */
export class HourTable {
  readonly #hours = new Map<string, Map<string, number>>();
  // Alerts come by the hour.
  #lastHour = '';
  #lastRules: Map<string, number> | undefined;

  /** `time`: RFC 3339 in UTC, to the hour at least. */
  add(time: string, rule: string, alerts: number): void {
    if (this.#lastRules === undefined || !time.startsWith(this.#lastHour)) {
      this.#lastHour = time.slice(0, 13);
      this.#lastRules = this.#rulesOf(this.#lastHour);
    }
    this.#lastRules?.set(rule, (this.#lastRules.get(rule) ?? 0) + alerts);
  }

  #rulesOf(hour: string): Map<string, number> | undefined {
    const known = this.#hours.get(hour);
    if (known !== undefined || this.#hours.size >= maxHours) return known;
    const rules = new Map<string, number>();
    this.#hours.set(hour, rules);
    return rules;
  }

  /** In order of time, the most frequent rule first. */
  rows(): readonly HourOfRule[] {
    return [...this.#hours]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([hour, rules]) =>
        [...rules]
          .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
          .map(([rule, alerts]) => ({ hour: `${hour}:00:00Z`, rule, alerts })),
      );
  }

  /** One line for each hour that has alerts; none when all are of one hour. */
  lines(): readonly string[] {
    if (this.#hours.size < 2) return [];
    const hours = Map.groupBy(this.rows(), ({ hour }) => hour);
    const lines = [...hours].slice(0, linesShown).map(([hour, rules]) => {
      const sum = rules.reduce((total, { alerts }) => total + alerts, 0);
      const named = rules.slice(0, rulesInLine).map(({ rule, alerts }) => `${printable(rule)} ${sayCount(alerts)}`);
      const rest = rules.length > rulesInLine ? `, ${rules.length - rulesInLine} more rules` : '';
      return `${sayCount(sum).padStart(9)}  ${hour.slice(0, 10)} ${hour.slice(11, 16)}  ${named.join(', ')}${rest}`;
    });
    const left = hours.size - lines.length;
    return [
      'alerts per hour (UTC):',
      ...lines,
      ...(left > 0 ? [`           … ${sayCount(left)} more hours: --summary writes them all`] : []),
    ];
  }
}
