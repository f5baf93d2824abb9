import type { Hono } from 'hono';
import { askedOfHono } from '../asked.ts';
import type { Probe, Service } from '../service.ts';

interface Component {
  readonly component: string;
  readonly ready: boolean;
  readonly problems: readonly string[];
}

/**
 * `/ping` and `/healthz` say that the process answers, in falcosidekick's words. `/readyz` says of each part whether it can do
 * its work, and is 503 while one that is essential cannot.
 */
export function addHealthRoutes(app: Hono, { access, probes }: Service): void {
  app.get('/ping', (c) => c.text('pong'));
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', (c) => {
    const components = probes.map(ask);
    const failing = probes.some(({ essential }, index) => essential && components[index]?.ready === false);
    const status = failing ? 'not ready' : 'ready';
    // Problems name files and places: whoever may not use the service gets the status alone.
    const told = access.trusts(askedOfHono(c)) ? { status, components } : { status };
    return c.json(told, failing ? 503 : 200);
  });
}

function ask(probe: Probe): Component {
  let problems: readonly string[];
  try {
    problems = probe.problems();
  } catch (error) {
    problems = [error instanceof Error ? error.message : String(error)];
  }
  return { component: probe.name, ready: problems.length === 0, problems };
}
