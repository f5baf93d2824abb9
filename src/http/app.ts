import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { createAlertDoor } from './alert-door.ts';
import { type Answer, type Asked, askedOfHono, askedOfNode, jsonAnswer, type Posted } from './asked.ts';
import { addExportRoute } from './routes/export.ts';
import { addHealthRoutes } from './routes/health.ts';
import { addLoginRoutes } from './routes/login.ts';
import { addMetricsRoute } from './routes/metrics.ts';
import { addPageRoutes } from './routes/page.ts';
import { addStreamRoute } from './routes/stream.ts';
import { addTestRoute } from './routes/test-alert.ts';
import { addTriageRoutes } from './routes/triage-api.ts';
import type { Service } from './service.ts';
import { answerUnanswered } from './unanswered.ts';

/** The service's HTTP surface. It listens nowhere by itself. */
export interface HttpApp {
  /** All of it, as one function from Request to Response. */
  readonly hono: Hono;
  /**
   * The same for Node's server, with a short way for `POST /`: making a Request, reading its body as a stream and unmaking
   * a Response took twice as long as all that is done with the alert.
   */
  readonly listener: RequestListener;
  /** Answers a `POST /`, who may or may not be let in; never rejects. For connections that Node's HTTP does not read. */
  readonly post: (posted: Posted) => Promise<Answer>;
}

export function createApp(service: Service): HttpApp {
  const { access, log, rateLimit } = service;
  const door = createAlertDoor(service);

  const tooMany = service.metrics.counter({
    name: 'requests_limited_total',
    help: 'Requests with alerts that were refused because their client sent too many.',
  });
  const limited = (asked: Asked): Answer | undefined => {
    const bringsAlerts = asked.path === '/test' || (asked.method === 'POST' && asked.path === '/');
    if (rateLimit === undefined || !bringsAlerts) return undefined;
    const over = rateLimit.refusal(asked.address);
    if (over === undefined) return undefined;
    tooMany.add(1);
    if (over.isFirst) log.warning('A client sends more than listen.rate_limit allows.', { from: asked.address });
    const wait = { 'retry-after': String(over.waitSeconds) };
    return jsonAnswer(429, { error: 'Too many requests from your address; send them again later.' }, wait);
  };
  const turnedAway = (asked: Asked): Answer | undefined => {
    const refusal = access.refusal(asked);
    if (refusal === undefined) return limited(asked);
    log.warning('A request was turned away.', { status: refusal.status, path: asked.path, from: asked.address });
    const headers = refusal.status === 401 ? { 'www-authenticate': 'Basic realm="elb-sidekick"' } : {};
    return jsonAnswer(refusal.status, { error: refusal.reason }, headers);
  };
  const failed = (path: string, error: unknown): Answer => {
    log.error('A request failed.', { path, error });
    return jsonAnswer(500, { error: 'The request failed; the log says why.' });
  };

  const hono = new Hono();
  hono.use(async (c, next) => {
    const refusal = turnedAway(askedOfHono(c));
    return refusal === undefined ? next() : c.body(refusal.body, refusal.status, refusal.headers);
  });
  hono.post('/', async (c) => {
    const { body, status, headers } = await door.take(askedOfHono(c));
    return body === '' ? c.body(null, status, headers) : c.body(body, status, headers);
  });
  addHealthRoutes(hono, service);
  addMetricsRoute(hono, service);
  addTestRoute(hono, service);
  if (service.triage !== undefined) {
    addLoginRoutes(hono, service, service.triage);
    addTriageRoutes(hono, service, service.triage);
    addStreamRoute(hono, service, service.triage);
    addExportRoute(hono, service, service.triage);
    addPageRoutes(hono);
  }
  answerUnanswered(hono, log);
  hono.onError((error, c) => {
    const { body, status, headers } = failed(c.req.path, error);
    return c.body(body, status, headers);
  });

  const all = getRequestListener(hono.fetch);
  const post = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const posted = askedOfNode(incoming);
    try {
      write(outgoing, turnedAway(posted) ?? (await door.take(posted)), incoming.complete);
    } catch (error) {
      // The sender went away in the middle of its body: there is nobody to answer, and nothing was taken.
      if (incoming.destroyed && !incoming.complete) return;
      write(outgoing, failed(posted.path, error), incoming.complete);
    }
  };
  return {
    hono,
    async post(posted) {
      try {
        return turnedAway(posted) ?? (await door.take(posted));
      } catch (error) {
        return failed(posted.path, error);
      }
    },
    listener: (incoming, outgoing) => {
      if (incoming.method === 'POST' && incoming.url === '/') void post(incoming, outgoing);
      else void all(incoming, outgoing);
    },
  };
}

/** A connection whose body was not read to its end cannot be used again. */
function write(outgoing: ServerResponse, { status, headers, body }: Answer, isWhole: boolean): void {
  outgoing.statusCode = status;
  for (const name in headers) outgoing.setHeader(name, headers[name] ?? '');
  if (!isWhole) outgoing.setHeader('connection', 'close');
  outgoing.end(body);
}
