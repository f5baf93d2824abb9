import { z } from 'zod';
import * as answers from '../../triage/answers.ts';
import { filterQuery } from '../../triage/filter.ts';
import { type AlertOrder, alertOrders } from '../../triage/order.ts';

/** What is asked for and answered under one path; the routes check requests against it, the OpenAPI document is made from it. */
export interface Operation {
  readonly method: 'get' | 'post' | 'patch';
  /** With `:id` as Hono has it. */
  readonly path: string;
  readonly about: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer?: z.ZodType;
  /** The media type of an answer that is not JSON. */
  readonly media?: string;
  /** Who may: everyone, who may read, who may decide. */
  readonly needs: 'nothing' | 'read' | 'triage';
}

/** Query parameters come as texts. */
const limit = (max: number, usual: number): z.ZodType<number, string | undefined> =>
  z
    .string()
    .regex(/^[1-9]\d{0,5}$/, `write a number from 1 to ${max}`)
    .transform(Number)
    .refine((count) => count <= max, `write a number from 1 to ${max}`)
    .optional()
    .transform((count) => count ?? usual)
    .describe(`At most so many; 1 to ${max}, default ${usual}`);

const order = z
  .enum(alertOrders, { error: `write one of ${alertOrders.join(', ')}` })
  .optional()
  .describe('Newest first by arrival (default), or by the time of the event, which backfilled logs mix up');

/** A cursor is of the list's order. */
const cursors = { alerts: /^\d{1,15}$/, groups: /^\d{1,15}\.\d{1,15}$/ } as const;
const timeCursors = { alerts: /^-?\d{1,16}\.\d{1,15}$/, groups: /^\d{1,15}\.-?\d{1,16}\.\d{1,15}$/ } as const;
const fits =
  (list: keyof typeof cursors) =>
  ({ order: by, cursor }: { order?: AlertOrder | undefined; cursor?: string | undefined }): boolean =>
    cursor === undefined || (by === 'time' ? timeCursors : cursors)[list].test(cursor);
const unchanged = { path: ['cursor'], error: 'pass `next` of the page before, unchanged, with the same order' };
const cursor = z.string().optional();

const alertsParameters = filterQuery.extend({ limit: limit(500, 100), order, cursor }).strict();
const groupsParameters = filterQuery.extend({ limit: limit(200, 50), order, cursor }).strict();
export const alertsQuery = alertsParameters.refine(fits('alerts'), unchanged);
export const groupsQuery = groupsParameters.refine(fits('groups'), unchanged);
export const statsQuery = filterQuery.strict();
export const streamQuery = filterQuery.strict();
export const exportQuery = filterQuery
  .extend({ format: z.enum(['csv', 'jsonl'], { error: 'write csv or jsonl' }) })
  .strict();

const edit = {
  status: answers.triageStatus.optional(),
  assignee: z.string().min(1).max(200).nullable().optional().describe('null takes it away'),
  note: z.string().max(10_000).optional(),
};
const oneOf = { error: 'name at least one of status, assignee and note' };
const changesSomething = (body: { status?: unknown; assignee?: unknown; note?: unknown }): boolean =>
  body.status !== undefined || body.assignee !== undefined || body.note !== undefined;

export const patchBody = z
  .strictObject({ version: z.int().min(0).describe('As last seen in `triage.version`'), ...edit })
  .refine(changesSomething, oneOf);

export const bulkBody = z
  .strictObject({
    filter: filterQuery.strict().describe('As the query parameters; {} is every alert'),
    before: z
      .int()
      .min(0)
      .optional()
      .describe('The position of the newest alert that was shown: later ones are not touched'),
    ...edit,
  })
  .refine(changesSomething, oneOf);

export const loginBody = z.strictObject({
  user: z.string().max(200).optional().describe('With a token: the name that stands in the history'),
  password: z.string().min(1).max(1_000).describe('The password, or the token'),
});

export const session = z.object({
  user: z.string().nullable().describe('null: not logged in'),
  role: z.enum(['read-only', 'triage']).nullable(),
  login: z
    .enum(['none', 'token', 'password'])
    .describe('What POST /login takes; none: open, or a reverse proxy logs in'),
  version: z.string(),
});

export const problem = z.object({
  error: z.string().describe('What is wrong and what to do'),
  path: z.string().optional().describe('The parameter or member that it is about'),
});

export const conflict = z.object({ error: z.string(), current: answers.triageState });

export const operations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/alerts',
    about: 'Alerts, the newest first.',
    query: alertsParameters,
    answer: answers.alertPage,
    needs: 'read',
  },
  {
    method: 'get',
    path: '/api/alerts/:id',
    about: 'Everything that is known of one alert.',
    answer: answers.alertDetail,
    needs: 'read',
  },
  {
    method: 'get',
    path: '/api/alerts/:id/neighbours',
    about: 'What the same client did, and who asked for the same path, a quarter of an hour before and after.',
    answer: answers.neighbours,
    needs: 'read',
  },
  {
    method: 'patch',
    path: '/api/alerts/:id',
    about: 'Decides on one alert. 409 with the current state when somebody else did meanwhile.',
    body: patchBody,
    answer: answers.triageState,
    needs: 'triage',
  },
  {
    method: 'post',
    path: '/api/triage',
    about: 'Decides on every alert that a filter matches.',
    body: bulkBody,
    answer: answers.bulkResult,
    needs: 'triage',
  },
  {
    method: 'get',
    path: '/api/groups',
    about: 'Alerts in groups of one rule, client and balancer.',
    query: groupsParameters,
    answer: answers.groupPage,
    needs: 'read',
  },
  {
    method: 'get',
    path: '/api/stats',
    about: 'Counts: in all, by status and priority, over time, the most frequent values, places.',
    query: statsQuery,
    answer: answers.stats,
    needs: 'read',
  },
  {
    method: 'get',
    path: '/api/stream',
    about:
      'Server-sent events: `alert` (a row; its id resumes after it by Last-Event-ID), `triage` (a state), `stats-changed` ({skipped}: true when more alerts came than were sent). A client that does not read for half a minute is cut off.',
    query: streamQuery,
    media: 'text/event-stream',
    needs: 'read',
  },
  {
    method: 'get',
    path: '/api/export',
    about: 'The alerts of a filter as a file, the newest first: rows as CSV, or whole alerts as JSON lines.',
    query: exportQuery,
    media: 'text/csv',
    needs: 'read',
  },
  { method: 'get', path: '/api/session', about: 'Who is logged in, and how to.', answer: session, needs: 'nothing' },
  {
    method: 'get',
    path: '/api/openapi.json',
    about: 'This document.',
    answer: z.record(z.string(), z.unknown()),
    needs: 'nothing',
  },
  {
    method: 'post',
    path: '/login',
    about: 'Logs in: JSON, or a form, which is answered by a redirect to /.',
    body: loginBody,
    answer: session,
    needs: 'nothing',
  },
  { method: 'post', path: '/logout', about: 'Logs out.', answer: session, needs: 'nothing' },
];
