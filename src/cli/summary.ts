import { printable, quoted } from '../base/printable.ts';
import type { ObjectReport } from '../detect/detector.ts';
import { type HourOfRule, HourTable } from './hour-table.ts';
import { sayFileError } from '../base/file-error.ts';
import { sayBytes, sayCount } from './progress-bar.ts';

const maxSamples = 5;

/** Adds up what became of the objects of one command, to be told at its end. */
export class Summary {
  #objects = 0;
  #testObjects = 0;
  #lines = 0;
  #bytes = 0;
  #bad = 0;
  #unread = 0;
  readonly #alerts = new Map<string, number>();
  readonly #badByReason = new Map<string, number>();
  readonly #samples: string[] = [];
  readonly #hours = new HourTable();

  add(report: ObjectReport): void {
    this.#objects++;
    this.#lines += report.lines;
    this.#bytes += report.bytes;
    if (report.testObject) this.#testObjects++;
    for (const [rule, count] of report.alerts) this.#alerts.set(rule, (this.#alerts.get(rule) ?? 0) + count);
    if (report.outcome.kind !== 'done') {
      this.#unread++;
      // None of its lines is an event: it is no log, and its lines are no bad lines.
      if (report.events === 0) return;
    }
    for (const [reason, count] of report.bad) {
      this.#bad += count;
      this.#badByReason.set(reason, (this.#badByReason.get(reason) ?? 0) + count);
    }
    for (const { line, reason, detail, start } of report.badSamples) {
      if (this.#samples.length >= maxSamples) break;
      const excerpt = detail.includes('"') ? '' : `: ${quoted(start)}`;
      this.#samples.push(`${printable(report.object)}:${line}: ${reason}: ${printable(detail)}${excerpt}`);
    }
  }

  /** Of alerts that were printed. */
  addHours(hours: readonly HourOfRule[]): void {
    for (const { hour, rule, alerts } of hours) this.#hours.add(hour, rule, alerts);
  }

  /** Objects that were not read to their end. */
  get unread(): number {
    return this.#unread;
  }

  get badLines(): number {
    return this.#bad;
  }

  text(elapsedMs: number, stopped: boolean): string {
    const seconds = Math.max(elapsedMs, 1) / 1000;
    const rate = sayCount(Math.round(this.#lines / seconds));
    const alertCount = [...this.#alerts.values()].reduce((sum, count) => sum + count, 0);
    const lines = [
      `${stopped ? 'Stopped. ' : ''}${count(this.#objects, 'object')}, ${count(this.#lines, 'line')} (${sayBytes(this.#bytes)}) in ${seconds.toFixed(1)} s, ${rate} lines/s; ` +
        `${count(this.#bad, 'bad line')}, ${count(alertCount, 'alert')}`,
    ];
    if (this.#testObjects > 0) lines.push(`${count(this.#testObjects, 'test object')} of AWS skipped`);
    const byCount = [...this.#alerts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
    for (const [rule, alerts] of byCount) lines.push(`${sayCount(alerts).padStart(9)}  ${printable(rule)}`);
    lines.push(...this.#hours.lines());
    if (this.#bad > 0) {
      const reasons = [...this.#badByReason].map(([reason, lines]) => `${sayCount(lines)} ${reason}`);
      lines.push(`bad lines: ${reasons.join(', ')}`, ...this.#samples.map((sample) => `  ${sample}`));
      if (this.#bad > this.#samples.length) lines.push('  …');
    }
    if (this.#unread > 0) lines.push(`${count(this.#unread, 'object')} not read, or not to the end (named above)`);
    return `${lines.join('\n')}\n`;
  }

  /** For programs: one line of totals, one for each rule, one for each rule and hour. */
  jsonLines(elapsedMs: number, stopped: boolean): string {
    const totals = {
      is: 'total',
      stopped,
      objects: this.#objects,
      unread: this.#unread,
      lines: this.#lines,
      bytes: this.#bytes,
      bad_lines: Object.fromEntries(this.#badByReason),
      alerts: [...this.#alerts.values()].reduce((sum, alerts) => sum + alerts, 0),
      seconds: elapsedMs / 1000,
    };
    const rules = [...this.#alerts].map(([rule, alerts]) => ({ is: 'rule', rule, alerts }));
    const hours = this.#hours.rows().map((row) => ({ is: 'hour', ...row }));
    return [totals, ...rules, ...hours].map((row) => `${JSON.stringify(row)}\n`).join('');
  }
}

/** `NAME: why`, for an object that was not read to its end; undefined for the others. */
export function sayUnread({ object, outcome }: Pick<ObjectReport, 'object' | 'outcome'>): string | undefined {
  return outcome.kind === 'done' ? undefined : `${printable(object)}: ${printable(sayFileError(outcome.cause))}`;
}

function count(number: number, word: string): string {
  return `${sayCount(number)} ${word}${number === 1 ? '' : 's'}`;
}
