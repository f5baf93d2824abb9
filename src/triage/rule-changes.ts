import { hash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../base/make-folder.ts';

/** A rule, its condition after lists, macros and exceptions. */
export interface RuleText {
  readonly name: string;
  readonly condition: string;
}

interface Known {
  /** Of its condition. */
  readonly hash: string;
  /** Alerts up to this position were raised by an earlier condition; 0: there was none, or none is known of. */
  readonly after: number;
  /** Milliseconds since the Unix epoch. */
  readonly sinceMs: number;
}

/** Since when each rule reads as it does, over restarts: an alert tells its rule's name alone. In a file, one entry a rule. */
export class RuleChanges {
  readonly #path: string;
  #known: ReadonlyMap<string, Known>;

  constructor(path: string) {
    this.#path = path;
    this.#known = new Map(Object.entries(readKnown(path)));
  }

  /** To be told the rules whenever they are loaded; `last` is the store's newest position then. */
  note(rules: readonly RuleText[], last: number, nowMs: number): void {
    const known = new Map(
      rules.map(({ name, condition }): [string, Known] => {
        const before = this.#known.get(name);
        const now = hash('sha256', condition, 'base64url').slice(0, 22);
        if (before?.hash === now) return [name, before];
        return [name, { hash: now, after: before === undefined ? 0 : last, sinceMs: nowMs }];
      }),
    );
    const same = known.size === this.#known.size && [...known].every(([name, each]) => this.#known.get(name) === each);
    this.#known = known;
    if (!same) this.#write();
  }

  /** When the rule was changed, where the alert at `position` was raised before that. */
  changedSince(rule: string, position: number): number | undefined {
    const known = this.#known.get(rule);
    return known !== undefined && position <= known.after ? known.sinceMs : undefined;
  }

  #write(): void {
    makeFolder(dirname(this.#path));
    const fresh = `${this.#path}.new`;
    const file = openSync(fresh, 'w');
    try {
      writeFileSync(file, JSON.stringify(Object.fromEntries(this.#known)));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, this.#path);
  }
}

/** A file that is missing or damaged is begun anew: then no change is known of. */
function readKnown(path: string): Readonly<Record<string, Known>> {
  try {
    const known = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, Known>>;
    const good = Object.entries(known).filter(
      ([, each]) =>
        typeof each?.hash === 'string' && typeof each.after === 'number' && typeof each.sinceMs === 'number',
    );
    return Object.fromEntries(good);
  } catch {
    return {};
  }
}
