import { z } from 'zod';
import { didYouMean } from '../base/did-you-mean.ts';
import type { ConfigPath } from './read-config.ts';

/** What sources, enrichers and outputs have in common here: a word for `kind:` and a schema for the keys beside it. */
export interface Kind {
  readonly kind: string;
  readonly about: string;
  readonly config: z.ZodType;
}

/** An entry of `sources:`, `enrichers:` or `outputs:`, checked. */
export interface Configured<K extends Kind> {
  /** Unique in its list. The kind's own word where the config gives no name. */
  readonly name: string;
  readonly kind: K;
  /** As the kind's schema made it: hand it to the kind's `open`. */
  readonly config: unknown;
  /** The same for entries that say the same, whatever secrets they hold: tells which ones a new config changes. */
  readonly fingerprint: string;
}

export interface Issue {
  readonly path: ConfigPath;
  readonly at: 'key' | 'value';
  readonly message: string;
}

const entry = z.looseObject({
  kind: z.string(),
  name: z
    .string()
    .regex(/^[\w.-]+$/, 'letters, digits, ".", "-" and "_" only')
    .optional(),
});

/** Checks one list of the config against its kinds. Never throws; what is wrong goes to `issues`. */
export function readKinds<K extends Kind>(
  list: string,
  value: readonly unknown[],
  kinds: readonly K[],
  issues: Issue[],
): Configured<K>[] {
  const names = new Set<string>();
  return value.flatMap((item, index) => {
    const path = [list, index];
    const parsed = entry.safeParse(item);
    if (!parsed.success) {
      issues.push(...issuesOf(parsed.error, path));
      return [];
    }
    const { kind: word, name = word, ...rest } = parsed.data;
    const kind = kinds.find((each) => each.kind === word);
    if (kind === undefined) {
      const known = kinds.map((each) => each.kind);
      const hint = didYouMean(word, known) || `; the kinds are ${known.join(', ')}`;
      issues.push({ path: [...path, 'kind'], at: 'value', message: `there is no kind "${word}" of ${list}${hint}` });
      return [];
    }
    if (names.has(name)) {
      const message = `two ${list} are called "${name}"; give one of them another name`;
      issues.push({ path: [...path, 'name'], at: 'value', message });
    }
    names.add(name);
    const config = kind.config.safeParse(rest);
    if (config.success) return [{ name, kind, config: config.data, fingerprint: fingerprintOf(item) }];
    issues.push(...issuesOf(config.error, path));
    return [];
  });
}

/** The same for what is configured the same. May hold secrets. */
export function fingerprintOf(value: unknown): string {
  return JSON.stringify(value) ?? '';
}

/** Zod's findings, one per unknown key. */
export function issuesOf(error: z.ZodError, base: ConfigPath = []): Issue[] {
  return error.issues.flatMap((issue): Issue[] => {
    const path = [...base, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...path, key], at: 'key', message: unknownKey }));
    }
    const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
    return [{ path, at: 'value', message: missing ? `missing; write ${article(issue.expected)}` : issue.message }];
  });
}

function article(type: string): string {
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

/** Stands for "unknown key" until the keys that are known there are looked up. */
export const unknownKey = 'unknown key';
