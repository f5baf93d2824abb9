import type { FluentRecord } from './fluent-record.ts';

/** Puts together the lines that containerd cut, from the records of one body in their order. */
export class LineRuns {
  readonly #begun = new Map<string, string[]>();

  /** The record with its whole line; undefined while others must follow. A record that is no part comes back as it is. */
  take(record: FluentRecord): FluentRecord | undefined {
    const { run, line } = record;
    if (run === undefined || typeof line !== 'string') return record;
    const before = this.#begun.get(run.of) ?? [];
    if (run.last) {
      this.#begun.delete(run.of);
      return before.length === 0 ? record : { ...record, line: `${before.join('')}${line}` };
    }
    if (before.length === 0) this.#begun.set(run.of, before);
    before.push(line);
    return undefined;
  }

  /** How many lines did not come to their end. */
  unended(): number {
    return this.#begun.size;
  }
}
