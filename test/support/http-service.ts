import type { Hono } from 'hono';
import type { Alert } from '../../src/alert/alert.ts';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import type { Durability } from '../../src/deliver/store/alert-store.ts';
import { type AccessRules, createAccess } from '../../src/http/access.ts';
import { createApp, type HttpApp } from '../../src/http/app.ts';
import { defaultBodyLimits, type Service } from '../../src/http/service.ts';

/** The HTTP surface over an intake that keeps everything in memory. */
export interface HttpBench {
  readonly app: Hono;
  /** The same for a server that listens. */
  readonly surface: HttpApp;
  readonly service: Service;
  readonly stored: Alert[];
  /** What the last batch asked for. */
  readonly asked: () => Durability | undefined;
  readonly logged: string[];
  /** From now on the intake fails. */
  readonly breakStore: () => void;
}

export const benchNowMs = Date.parse('2026-11-21T12:00:00Z');

export function httpBench(parts: Partial<Service> & { access?: never; rules?: Partial<AccessRules> } = {}): HttpBench {
  const stored: Alert[] = [];
  const logged: string[] = [];
  let durability: Durability | undefined;
  let broken = false;
  const { rules = {}, ...more } = parts;
  const service: Service = {
    intake: {
      receive(alerts, asked) {
        if (broken) return Promise.reject(new Error('disk full'));
        durability = asked;
        const results = alerts.map(({ id }) => (stored.some((one) => one.id === id) ? 'repeated' : 'added'));
        stored.push(...alerts.filter((_, index) => results[index] === 'added'));
        return Promise.resolve(results);
      },
    },
    access: createAccess({ tokens: [], networks: [], openPaths: ['/ping', '/healthz', '/readyz'], ...rules }),
    limits: defaultBodyLimits,
    probes: [],
    metrics: createMetrics(),
    clock: { now: () => benchNowMs, sleep: () => Promise.resolve() },
    log: createLog({ level: 'debug', readable: true, write: (line) => logged.push(line), now: () => benchNowMs }),
    version: '0.0.0',
    ...more,
  };
  const surface = createApp(service);
  return {
    app: surface.hono,
    surface,
    service,
    stored,
    asked: () => durability,
    logged,
    breakStore: () => {
      broken = true;
    },
  };
}
