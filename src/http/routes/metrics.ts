import type { Hono } from 'hono';
import type { Service } from '../service.ts';

/** `/metrics`: Prometheus' text format. */
export function addMetricsRoute(app: Hono, { metrics }: Service): void {
  app.get('/metrics', async (c) => c.body(await metrics.text(), 200, { 'content-type': metrics.contentType }));
}
