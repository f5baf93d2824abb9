import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import { stringifyJson } from '../../base/json.ts';
import { detailOf, neighboursOf } from '../../triage/detail.ts';
import { filterOf } from '../../triage/filter.ts';
import { Outdated, type TriageEdit } from '../../triage/triage.ts';
import { openApiDocument } from '../api/openapi.ts';
import { alertsQuery, bulkBody, groupsQuery, patchBody, statsQuery } from '../api/operations.ts';
import { askedOfHono } from '../asked.ts';
import { readBody, Unreadable } from '../body.ts';
import type { Service, TriageService } from '../service.ts';

const maxBodyBytes = 65_536;

/** The API of the triage page: `/api/alerts` and its like. What it asks and answers is in api/operations.ts. */
export function addTriageRoutes(app: Hono, service: Service, { sources }: TriageService): void {
  const { clock } = service;
  const { triage } = sources;
  const document = openApiDocument(service.version);

  app.get('/api/alerts', async (c) => {
    const query = readQuery(c, alertsQuery);
    if (query instanceof Response) return query;
    const { limit, cursor, ...filter } = query;
    return answer(
      c,
      await triage.alerts(filterOf(filter, clock.now()), cursor === undefined ? { limit } : { limit, cursor }),
    );
  });

  app.get('/api/groups', async (c) => {
    const query = readQuery(c, groupsQuery);
    if (query instanceof Response) return query;
    const { limit, cursor, ...filter } = query;
    return answer(
      c,
      await triage.groups(filterOf(filter, clock.now()), cursor === undefined ? { limit } : { limit, cursor }),
    );
  });

  app.get('/api/stats', async (c) => {
    const query = readQuery(c, statsQuery);
    return query instanceof Response ? query : answer(c, await triage.stats(filterOf(query, clock.now())));
  });

  app.get('/api/alerts/:id', async (c) => found(c, await detailOf(c.req.param('id'), sources)));
  app.get('/api/alerts/:id/neighbours', async (c) => found(c, await neighboursOf(c.req.param('id'), sources)));

  app.patch('/api/alerts/:id', async (c) => {
    const body = await readJson(c, patchBody);
    if (body instanceof Response) return body;
    try {
      return found(c, await triage.decide(c.req.param('id'), body.version, editOf(body), 'anyone'));
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
      return c.json(
        {
          error: 'Somebody else changed this alert meanwhile: look at `current` and decide again.',
          current: error.current,
        },
        409,
      );
    }
  });

  app.post('/api/triage', async (c) => {
    const body = await readJson(c, bulkBody);
    if (body instanceof Response) return body;
    const filter = filterOf(body.filter, clock.now());
    return answer(c, await triage.decideAll(filter, body.before, editOf(body), 'anyone'));
  });

  app.get('/api/openapi.json', (c) => c.json(document));
}

/** The query as the schema has it, or the answer that says what is wrong with it. */
export function readQuery<T extends z.ZodType>(c: Context, schema: T): z.output<T> | Response {
  const query: Record<string, string | string[]> = {};
  for (const [name, values] of Object.entries(c.req.queries()))
    query[name] = values.length === 1 ? (values[0] ?? '') : values;
  return checked(c, schema, query);
}

/** The body as the schema has it. Only `application/json`: a form of another site cannot send that unasked. */
async function readJson<T extends z.ZodType>(c: Context, schema: T): Promise<z.output<T> | Response> {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
    return c.json({ error: 'Send JSON, with the header Content-Type: application/json.' }, 415);
  const text = await readBody(askedOfHono(c), maxBodyBytes);
  if (text instanceof Unreadable) return c.json({ error: text.reason }, text.status);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return c.json({ error: 'The body is not JSON.' }, 400);
  }
  return checked(c, schema, body);
}

function checked<T extends z.ZodType>(c: Context, schema: T, value: unknown): z.output<T> | Response {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const unknownKeys = issue?.code === 'unrecognized_keys' ? issue.keys : [];
  const path = [...(issue?.path ?? []), ...unknownKeys.slice(0, 1)].join('.');
  const error =
    unknownKeys.length > 0
      ? `There is no parameter ${JSON.stringify(unknownKeys[0]?.slice(0, 60))}.`
      : (issue?.message ?? '');
  return c.json({ error, ...(path === '' ? {} : { path: path.slice(0, 100) }) }, 400);
}

function editOf({ status, assignee, note }: z.output<typeof patchBody> | z.output<typeof bulkBody>): TriageEdit {
  return {
    ...(status === undefined ? {} : { status }),
    ...(assignee === undefined ? {} : { assignee }),
    ...(note === undefined ? {} : { note }),
  };
}

/** JSON that keeps long integers, as alerts have them. */
function answer(c: Context, value: unknown): Response {
  return c.body(stringifyJson(value), 200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
}

function found(c: Context, value: unknown): Response {
  return value === undefined
    ? c.json({ error: 'There is no alert of that id, or it has passed the retention.' }, 404)
    : answer(c, value);
}
