import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import { stringifyJson } from '../../base/json.ts';
import { present } from '../../base/present.ts';
import { detailOf, neighboursOf } from '../../triage/detail.ts';
import { filterOf } from '../../triage/filter.ts';
import { Outdated, type TriageEdit, Unavailable } from '../../triage/triage.ts';
import { openApiDocument } from '../api/openapi.ts';
import { alertsQuery, bulkBody, groupsQuery, patchBody, statsQuery } from '../api/operations.ts';
import { askedOfHono } from '../asked.ts';
import { readJson, readQuery } from '../query.ts';
import type { Service, TriageService } from '../service.ts';

/** The API of the triage page: `/api/alerts` and its like. What it asks and answers is in api/operations.ts. */
export function addTriageRoutes(app: Hono, service: Service, { sources, login }: TriageService): void {
  const { clock } = service;
  const { triage } = sources;
  app.use('/api/*', async (c, next) => {
    // The log has it from the app's onError; here it gets the status that says to come again.
    await next();
    if (c.error instanceof Unavailable) c.res = c.json({ error: `Triage cannot answer: ${c.error.message}.` }, 503);
  });

  const who = (c: Context): string => login.visitor(askedOfHono(c))?.user ?? '';
  const document = openApiDocument(service.version);

  app.get('/api/alerts', async (c) => {
    const query = readQuery(c, alertsQuery);
    if (query instanceof Response) return query;
    const { limit, cursor, order, ...filter } = query;
    return answer(c, await triage.alerts(filterOf(filter, clock.now()), present({ limit, cursor, order })));
  });

  app.get('/api/groups', async (c) => {
    const query = readQuery(c, groupsQuery);
    if (query instanceof Response) return query;
    const { limit, cursor, order, ...filter } = query;
    return answer(c, await triage.groups(filterOf(filter, clock.now()), present({ limit, cursor, order })));
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
      return found(c, await triage.decide(c.req.param('id'), body.version, editOf(body), who(c)));
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
    return answer(c, await triage.decideAll(filter, body.before, editOf(body), who(c)));
  });

  app.get('/api/openapi.json', (c) => c.json(document));
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
