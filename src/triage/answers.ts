import { z } from 'zod';
import { priorities } from '../alert/priority.ts';
import { triageStatuses } from './status.ts';

/**
 * What triage answers, as the API sends it: the page reads these shapes, the OpenAPI document is made from them, and the
 * tests check every answer against them. Times of alerts are Falco's text (RFC 3339 with nanoseconds); other times are
 * milliseconds since the Unix epoch.
 */

export const triageStatus = z
  .enum(triageStatuses, { error: `write one of ${triageStatuses.join(', ')}` })
  .describe('true_positive and false_positive are closed');

const priority = z.enum(priorities);
const count = z.int().min(0);
const timeMs = z.int().describe('Milliseconds since the Unix epoch');
const cursor = z.string().describe('Pass it as `cursor` for the next page; absent on the last');

/** One line of a list. What the alert does not tell is absent. */
export const alertRow = z.object({
  id: z.string().describe('32 hexadecimal digits'),
  position: z.int().describe('Order of arrival; grows, never reused'),
  time: z.string().describe('Event time, RFC 3339 with nanoseconds'),
  rule: z.string(),
  priority,
  source: z.string(),
  tags: z.array(z.string()),
  balancer: z.string().optional(),
  clientAddress: z.string().optional(),
  country: z.string().optional().describe('ISO 3166-1 alpha-2'),
  countryName: z.string().optional(),
  city: z.string().optional(),
  asn: z.int().optional(),
  asOrg: z.string().optional(),
  latitude: z.number().optional(),
  longitude: z.number().optional(),
  method: z.string().optional(),
  host: z.string().optional(),
  path: z.string().optional().describe('Cut to 1,024 characters'),
  statusCode: z.int().optional(),
  userAgent: z.string().optional().describe('Cut to 256 characters'),
  output: z.string().describe('Cut to 2,048 characters'),
  status: triageStatus,
  assignee: z.string().optional(),
});
export type AlertRow = z.infer<typeof alertRow>;

export const alertPage = z.object({ alerts: z.array(alertRow), next: cursor.optional() });
export type AlertPage = z.infer<typeof alertPage>;

/** The alerts of one rule about one client at one balancer. */
export const alertGroup = z.object({
  key: z.string().describe('Tells groups of one answer apart'),
  rule: z.string(),
  priority,
  clientAddress: z.string().optional(),
  balancer: z.string().optional(),
  country: z.string().optional(),
  count,
  firstTime: z.string().describe('Earliest event, RFC 3339'),
  lastTime: z.string().describe('Latest event, RFC 3339'),
  newestId: z.string().describe('The alert that arrived last; with order=time, that happened last'),
  statuses: z.partialRecord(triageStatus, count).describe('How many alerts of the group have each status'),
});
export type AlertGroup = z.infer<typeof alertGroup>;

export const groupPage = z.object({ groups: z.array(alertGroup), next: cursor.optional() });
export type GroupPage = z.infer<typeof groupPage>;

export const triageChange = z.object({
  at: timeMs,
  who: z.string(),
  status: triageStatus.optional(),
  assignee: z.string().nullable().optional().describe('null: taken away'),
  note: z.string().optional(),
});

export const triageState = z.object({
  id: z.string(),
  status: triageStatus,
  assignee: z.string().nullable(),
  note: z.string(),
  version: z.int().min(0).describe('Send it with the next change; 0 when nobody changed anything yet'),
  history: z.array(triageChange).describe('Every change, the oldest first; each names only what it changed'),
});
export type TriageState = z.infer<typeof triageState>;

export const delivery = z.object({
  output: z.string(),
  route: z.string().optional().describe('The route that names the output for this alert as the config is now'),
  state: z
    .enum(['delivered', 'pending', 'dead', 'muted', 'grouped', 'handled'])
    .describe('grouped: told of by a summary; handled: the output is past it, but when and how is not remembered'),
  at: timeMs.optional(),
  tries: z.int().optional(),
  reason: z.string().optional().describe('Why it is dead or muted'),
});
export type Delivery = z.infer<typeof delivery>;

export const ruleFacts = z.object({
  desc: z.string(),
  condition: z.string().describe('After lists, macros and exceptions'),
  tags: z.array(z.string()),
  file: z.string(),
  line: z.int(),
});
export type RuleFacts = z.infer<typeof ruleFacts>;

const explainedCheck = z.object({
  check: z.string().describe("One check of the condition, in Falco's language"),
  holds: z.boolean(),
  negated: z.boolean().describe('It stands under a `not`: the rule wants it not to hold'),
  fields: z
    .array(z.object({ name: z.string(), value: z.string().optional() }))
    .describe('What it looked at, as text; a field without a value was absent'),
});

export const verdict = z.object({
  matched: z.boolean().describe('Whether the rule, as it is now, matches the line'),
  checks: z.array(explainedCheck).describe('The checks that decided it, in order'),
  changedAt: timeMs
    .optional()
    .describe("Since when the rule's condition reads as it does, where the alert was raised by an earlier one"),
});
export type Verdict = z.infer<typeof verdict>;

export const snippets = z.object({
  json: z.string().describe("Falco's JSON of the alert"),
  scan: z.string().optional().describe('Shell: finds the alert again in its log object'),
  exception: z.string().optional().describe('Falco YAML: appends an exception for what this alert shows'),
  override: z.string().describe('Falco YAML: disables the rule'),
});
export type Snippets = z.infer<typeof snippets>;

export const alertDetail = z.object({
  row: alertRow,
  alert: z.record(z.string(), z.unknown()).describe("Falco's JSON of the alert: output_fields, tags, hostname …"),
  enrichment: z.record(z.string(), z.unknown()),
  sentence: z.string().describe('What happened, in one sentence'),
  rule: ruleFacts.optional().describe('Absent where the rule is not known here: a foreign Falco raised the alert'),
  verdict: verdict
    .optional()
    .describe('The log line judged again. Absent where the alert has no awselb.raw, or the rule is not known here'),
  origin: z
    .object({ object: z.string().optional(), line: z.int().optional(), raw: z.string().optional() })
    .describe('The log object, the line in it counted from 1, and the line itself where the alert has it'),
  delivery: z.array(delivery),
  triage: triageState,
  snippets,
});
export type AlertDetail = z.infer<typeof alertDetail>;

export const neighbours = z.object({
  since: timeMs.describe('A quarter of an hour before the alert'),
  until: timeMs.describe('A quarter of an hour after it'),
  sameClient: z.array(alertRow).describe('Alerts by the same client in that time, the latest first; 50 at most'),
  sameClientTotal: count.describe('How many there are'),
  samePath: z.array(alertRow).describe('Alerts on the same path in that time, the latest first; 50 at most'),
  samePathTotal: count.describe('How many there are'),
});
export type Neighbours = z.infer<typeof neighbours>;

const topValue = z.object({
  value: z.string().describe('As the filter parameter takes it'),
  label: z.string().optional().describe('For people, where it differs'),
  count,
});
const topList = z.array(topValue);

export const stats = z.object({
  total: count,
  byStatus: z.record(triageStatus, count),
  byPriority: z.record(priority, count),
  timeline: z.object({
    bucketMs: z.int(),
    buckets: z.array(z.object({ time: timeMs, counts: z.partialRecord(priority, count) })),
  }),
  top: z.object({
    rules: topList,
    clients: topList,
    asns: topList,
    countries: topList,
    paths: topList,
    balancers: topList,
    tags: topList,
    sources: topList,
  }),
  places: z.array(
    z.object({
      country: z.string(),
      city: z.string().optional(),
      latitude: z.number().optional(),
      longitude: z.number().optional(),
      count,
    }),
  ),
});
export type Stats = z.infer<typeof stats>;

export const bulkResult = z.object({
  changed: count,
  remaining: count.describe('What the filter still matches and this call did not reach; call again'),
});
export type BulkResult = z.infer<typeof bulkResult>;
