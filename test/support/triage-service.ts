import { join } from 'node:path';
import type { Alert } from '../../src/alert/alert.ts';
import { EndedSessions } from '../../src/http/login/ended-sessions.ts';
import { createLogin, type LoginRules } from '../../src/http/login/login.ts';
import { isOfPage } from '../../src/http/routes/login.ts';
import type { TriageSources } from '../../src/triage/detail.ts';
import { type HandClock, handClock } from './hand-clock.ts';
import { type HttpBench, httpBench } from './http-service.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { deskBench, type TriageBench } from './triage-bench.ts';

/** The HTTP surface with triage over a store on disk, time in the test's hand. */
export interface TriageServiceBench extends Pick<HttpBench, 'app' | 'logged'> {
  readonly bench: TriageBench;
  readonly clock: HandClock;
  readonly stop: () => void;
  /** As JSON. */
  get(
    this: void,
    path: string,
    headers?: Record<string, string>,
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  send(
    this: void,
    method: string,
    path: string,
    body: unknown,
    headers?: Record<string, string>,
  ): Promise<{ readonly status: number; readonly body: unknown; readonly headers: Headers }>;
}

export function triageService(rules: Partial<LoginRules> = {}, more: Partial<TriageSources> = {}): TriageServiceBench {
  const clock = handClock();
  const folder = temporaryFolder();
  const bench = deskBench(folder, () => clock.now());
  const stopping = new AbortController();
  const { tokens = [] } = rules;
  const login = createLogin({
    tokens,
    users: [],
    sessionMs: 3_600_000,
    key: Buffer.alloc(32, 7),
    ended: new EndedSessions(join(folder, 'sessions.ended'), () => clock.now()),
    secure: false,
    now: () => clock.now(),
    ...rules,
  });
  const sources: TriageSources = {
    triage: bench.triage,
    alert: (id) => bench.store.get(id),
    rule: () => undefined,
    verdict: () => undefined,
    routes: (_alert: Alert) => [{ output: 'slack', route: 'root' }],
    progress: () => 0,
    ...more,
  };
  const { app, logged } = httpBench({
    clock,
    triage: { sources, login, stopping: stopping.signal },
    rules: { tokens, judgedElsewhere: isOfPage },
  });
  return {
    app,
    logged,
    bench,
    clock,
    stop: () => stopping.abort(),
    async get(path, headers = {}) {
      const answer = await app.request(path, { headers });
      return { status: answer.status, body: await read(answer) };
    },
    async send(method, path, body, headers = {}) {
      const answer = await app.request(path, {
        method,
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      });
      return { status: answer.status, body: await read(answer), headers: answer.headers };
    },
  };
}

async function read(answer: Response): Promise<unknown> {
  const text = await answer.text();
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}
