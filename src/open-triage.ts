import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { Clock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import type { Metrics } from './base/metrics.ts';
import { present } from './base/present.ts';
import { startThread } from './base/start-thread.ts';
import type { Config } from './config/config.ts';
import type { AlertStore } from './deliver/store/alert-store.ts';
import type { Router } from './deliver/routing/router.ts';
import type { CompiledRule } from './detect/rules/engine.ts';
import { EndedSessions } from './http/login/ended-sessions.ts';
import { createLogin, type Login } from './http/login/login.ts';
import { readSessionKey } from './http/login/session.ts';
import type { TriageSources } from './triage/detail.ts';
import { TriageThread } from './triage/thread.ts';
import type { TriageThreadSettings } from './triage-thread.ts';

// In an installed package the house is dist/main.js, and the thread stands beside it.
const entry = new URL(`./triage-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/** Its columns are outside V8's heap; what is inside are dictionaries, and pages of rows that soon are garbage. */
const resourceLimits = { maxYoungGenerationSizeMb: 8 };

/** The page's logins, one after the other as the config changes; what sessions rest on stands in the state folder. */
export function openLogins(stateDir: string, clock: Clock): (config: Config) => Login {
  const now = (): number => clock.now();
  const key = readSessionKey(join(stateDir, 'session.key'));
  const ended = new EndedSessions(join(stateDir, 'sessions.ended'), now);
  return ({ listen, ui }) =>
    createLogin({ tokens: listen.tokens, ...ui, key, ended, secure: listen.tls !== undefined, now });
}

/** `broke` is told of each thread that ends by itself. */
export function openTriageThread(
  settings: TriageThreadSettings,
  clock: Clock,
  broke?: (cause: Error, waitMs: number) => void,
): TriageThread {
  const start = (): Worker => startThread(entry, { workerData: settings, resourceLimits });
  return new TriageThread({ start, clock, ...present({ broke }) });
}

/** What triage asks of the rest of the service. */
export interface TriageParts {
  readonly store: AlertStore;
  /** Of the config in use. */
  readonly router: () => Router;
  /** The rules that run in this process now; none where it only serves. */
  readonly rules: () => readonly CompiledRule[];
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Starts triage's thread; its file stands in the state folder. The store must be open already. */
export function openTriage(config: Config, { store, router, rules, clock, log, metrics }: TriageParts): TriageSources {
  const restarts = metrics.counter({
    name: 'triage_restarts_total',
    help: 'Times that the thread of triage broke and was started again.',
  });
  const settings = { storePath: config.store.path, path: join(config.stateDir, 'triage.db') };
  const triage = openTriageThread(settings, clock, (cause, waitMs) => {
    restarts.add(1);
    log.error('The thread of triage broke; it is started again.', { error: cause, waitMs });
  });
  return {
    triage,
    alert: (id) => store.get(id),
    rule(name) {
      const rule = rules().find((each) => each.name === name);
      return (
        rule && {
          desc: rule.desc,
          condition: rule.condition,
          tags: [...rule.tags],
          file: rule.at.file,
          line: rule.at.line,
        }
      );
    },
    routes: (alert) =>
      router()
        .match(alert, clock.now())
        .flatMap(({ route, outputs }) => outputs.map((output) => ({ output, route }))),
    progress: (output) => store.stats().readers[output] ?? 0,
  };
}
