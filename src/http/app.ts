import { Hono } from 'hono';
import { clientAddress } from './access.ts';
import { addAlertRoute } from './routes/alerts.ts';
import { addFrontRoute } from './routes/front.ts';
import { addHealthRoutes } from './routes/health.ts';
import { addMetricsRoute } from './routes/metrics.ts';
import { addTestRoute } from './routes/test-alert.ts';
import type { Service } from './service.ts';

/** The service's whole HTTP surface, one function from Request to Response: `app.fetch`. It listens nowhere by itself. */
export function createApp(service: Service): Hono {
  const { access, log } = service;
  const app = new Hono();
  app.use(async (c, next) => {
    const refusal = access.refusal(c);
    if (refusal === undefined) return next();
    log.warning('A request was turned away.', { status: refusal.status, path: c.req.path, from: clientAddress(c) });
    if (refusal.status === 401) c.header('www-authenticate', 'Basic realm="elb-sidekick"');
    return c.json({ error: refusal.reason }, refusal.status);
  });
  addAlertRoute(app, service);
  addHealthRoutes(app, service);
  addMetricsRoute(app, service);
  addTestRoute(app, service);
  addFrontRoute(app, service);
  app.notFound((c) => {
    // Falco does not look at the status: without this line a wrong path in its URL would lose alerts in silence.
    const posted = c.req.method === 'POST';
    if (posted) log.warning('Something was posted where nothing is; alerts go to /.', { path: c.req.path });
    return c.json({ error: posted ? 'Nothing is here; alerts go to POST /.' : 'Nothing is here.' }, 404);
  });
  app.onError((error, c) => {
    log.error('A request failed.', { path: c.req.path, error });
    return c.json({ error: 'The request failed; the log says why.' }, 500);
  });
  return app;
}
