import { z } from 'zod';
import { parsePriority, type Priority, priorities } from '../alert/priority.ts';
import { parseDurationMs } from '../base/duration.ts';
import { NetworkTable } from '../base/network-table.ts';
import { triageStatus } from './answers.ts';

const maxValues = 50;
const maxChars = 1_024;

/** One parameter as it comes from a URL, or several: values of one are alternatives, parameters must all hold. */
const texts = z
  .union([z.string().transform((text) => [text]), z.array(z.string())])
  .pipe(
    z
      .array(z.string().min(1, 'write a value').max(maxChars, `write at most ${maxChars} characters`))
      .max(maxValues, `give at most ${maxValues} values`),
  );

/** RFC 3339, milliseconds since the epoch, or so long ago: `24h`, `15m`. */
const instant = z
  .union([z.string(), z.array(z.string()).transform((all) => all.at(-1) ?? '')])
  .refine((text) => instantOf(text, 0) !== undefined, 'write RFC 3339, milliseconds since 1970, or an age such as 24h');

const priority = z
  .string()
  .refine((word) => parsePriority(word) !== undefined, `write one of ${priorities.join(', ')}`);

const network = z.string().refine(isNetwork, 'write an address or a CIDR such as 192.0.2.0/24');

/** The filter as URLs and bodies write it. */
export const filterQuery = z.object({
  since: instant.optional().describe('Event time from here on: RFC 3339, epoch milliseconds, or an age such as 24h'),
  until: instant.optional().describe('Event time before this'),
  priority: texts.pipe(z.array(priority)).optional(),
  rule: texts.optional(),
  tag: texts.optional(),
  balancer: texts.optional(),
  country: texts.optional().describe('ISO 3166-1 alpha-2'),
  city: texts
    .pipe(z.array(z.string().regex(/^[A-Za-z]{2} ./, 'write the country and the city, such as NL Amsterdam')))
    .optional()
    .describe('Country, a blank, and the city as `city` of a row: NL Amsterdam'),
  asn: texts.pipe(z.array(z.string().regex(/^(AS)?\d{1,10}$/i, 'write a number such as 64500'))).optional(),
  ip: texts.pipe(z.array(network)).optional().describe('Client address or CIDR'),
  path: texts.optional().describe('Request path, as `path` of a row'),
  source: texts.optional().describe("Falco's event source"),
  status: texts.pipe(z.array(triageStatus)).optional(),
  assignee: texts.optional(),
  q: texts.optional().describe('Words that must all stand in the alert; beginnings of words do'),
});

/** The filter as triage works with it: alternatives within a member, all members given must hold. */
export interface AlertFilter {
  /** Event time, milliseconds since the Unix epoch, `since` ≤ time < `until`. */
  readonly since?: number;
  readonly until?: number;
  readonly priority?: readonly Priority[];
  readonly rule?: readonly string[];
  readonly tag?: readonly string[];
  readonly balancer?: readonly string[];
  readonly country?: readonly string[];
  /** Country, a blank, city. */
  readonly city?: readonly string[];
  readonly asn?: readonly number[];
  /** Addresses and CIDRs. */
  readonly ip?: readonly string[];
  readonly path?: readonly string[];
  readonly source?: readonly string[];
  readonly status?: readonly z.infer<typeof triageStatus>[];
  readonly assignee?: readonly string[];
  readonly q?: readonly string[];
}

export function filterOf(query: z.output<typeof filterQuery>, nowMs: number): AlertFilter {
  const { since, until, priority: words, asn, country, city, ...rest } = query;
  const filter: { -readonly [K in keyof AlertFilter]: AlertFilter[K] } = {};
  for (const [name, values] of Object.entries(rest))
    if (values !== undefined) Object.assign(filter, { [name]: values });
  const from = since === undefined ? undefined : instantOf(since, nowMs);
  const to = until === undefined ? undefined : instantOf(until, nowMs);
  if (from !== undefined) filter.since = from;
  if (to !== undefined) filter.until = to;
  if (words !== undefined) filter.priority = words.flatMap((word) => parsePriority(word) ?? []);
  if (asn !== undefined) filter.asn = asn.map((text) => Number(text.replace(/^AS/i, '')));
  if (city !== undefined) filter.city = city.map((text) => `${text.slice(0, 2).toUpperCase()}${text.slice(2)}`);
  if (country !== undefined) filter.country = country.map((code) => code.toUpperCase());
  return filter;
}

function instantOf(text: string, nowMs: number): number | undefined {
  const age = parseDurationMs(text);
  if (age !== undefined) return nowMs - age;
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

function isNetwork(text: string): boolean {
  try {
    new NetworkTable<true>().add(text, true);
    return true;
  } catch {
    return false;
  }
}
