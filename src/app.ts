import { join } from 'node:path';
import type { Clock } from './base/clock.ts';
import { Closers } from './base/closers.ts';
import type { Log } from './base/log.ts';
import { createMetrics, type Metrics } from './base/metrics.ts';
import { present } from './base/present.ts';
import { makeWritableFolder } from './base/make-folder.ts';
import { boundHeapGrowth } from './base/heap-growth.ts';
import type { Config } from './config/config.ts';
import { refuseLasting, sourcesOf } from './config/lasting.ts';
import type { AlertFate } from './deliver/courier.ts';
import { openLineParts } from './deliver/line-parts.ts';
import type { AlertStore } from './deliver/store/alert-store.ts';
import type { IngestResult } from './detect/ingest.ts';
import { type Delivery, openDelivery } from './delivering.ts';
import { createAccess } from './http/access.ts';
import type { Login } from './http/login/login.ts';
import { createApp, type HttpApp } from './http/app.ts';
import { isOfPage } from './http/routes/login.ts';
import { createRateLimit } from './http/rate-limit.ts';
import { type ListenOptions, openServer, refuseExposure } from './http/server.ts';
import { defaultBodyLimits } from './http/service.ts';
import { startIngest } from './ingesting.ts';
import { openLogins, openTriage } from './open-triage.ts';
import { type ConfiguredPart, type FeedPart, openReading, type Reading, type RulesPart } from './reading.ts';

/** What the app may use of the process. */
export interface AppTools {
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Standard output's writer. */
  readonly write: (text: string) => Promise<void>;
  stdin(): AsyncIterable<Uint8Array>;
}

const serverDeadlineMs = 5_000;

/** What runs of the app: each part can be left out. */
export interface AppParts {
  /** The HTTP service, and the courier that carries stored alerts to the outputs. */
  readonly service: boolean;
  /** Reads the sources, with rules or for a real Falco. */
  readonly ingest?: RulesPart | FeedPart;
}

export interface App {
  /** Where the service listens, with the port that was really taken; undefined without a service. */
  readonly url: string | undefined;
  /** Undefined when alerts go to another process. */
  readonly store: AlertStore | undefined;
  /** Resolves when every source has ended by itself, or was stopped. Never rejects. */
  readonly ingested: Promise<IngestResult>;
  /**
   * Goes over to another config, with the rules that it names: outputs, routes, enrichers, rules, sources, tokens and networks, retention. All
   * or nothing: rejects with what to do, the old config in use as before, when a part cannot be opened or something changed that only a new
   * start can change. The service goes on listening; no alert is lost or doubled. One at a time.
   */
  reload(next: Config, rules?: ConfiguredPart): Promise<void>;
  /**
   * Comes to a clean end: sources stop (an object half read comes again at the next start), requests under way are
   * answered, what is stored is delivered as far as outputs take it within 10 s, everything is closed. Call it once.
   */
  stop(): Promise<void>;
}

function makeStateDir({ stateDir, file }: Config): void {
  try {
    makeWritableFolder(stateDir);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`\`state_dir\` in ${file} must be a folder that can be written to, not ${stateDir}: ${why}`, {
      cause,
    });
  }
}

/** Builds the app from its config and starts it. Rejects, everything closed again, when a part cannot be opened. */
export async function startApp(config: Config, parts: AppParts, tools: AppTools): Promise<App> {
  const closers = new Closers();
  if (parts.service) boundHeapGrowth();
  try {
    makeStateDir(config);
    const { clock, log } = tools;
    const metrics = createMetrics();
    const { ingest: part } = parts;
    const keepsAlerts = parts.service || (part !== undefined && 'rules' in part && !part.intake);
    // Triage is opened after the courier: what is told before that is not noted.
    let became: ((fate: AlertFate) => void) | undefined;
    const delivery = keepsAlerts
      ? await openDelivery(config, { ...tools, metrics, closers, became: (fate) => became?.(fate) }, parts.service)
      : undefined;
    const reading = part && (await openReading(config, part, parts.service, delivery, { ...tools, metrics, closers }));
    const http =
      parts.service && delivery ? await openHttp(config, delivery, reading, { ...tools, metrics, closers }) : undefined;
    became = http?.became;
    const stdin = (): AsyncIterable<Uint8Array> => tools.stdin();
    const ingesting = reading && (await startIngest(config, reading, { clock, log, metrics, closers, stdin }));
    let inUse = config;
    return {
      url: http?.url,
      store: delivery?.store,
      ingested: ingesting?.ingested ?? Promise.resolve({ givenUp: 0, unread: 0, failedSources: 0 }),
      async reload(next, rules) {
        refuseLasting(inUse, next);
        const answerBy = http?.prepare(next);
        const before = inUse;
        const others = sourcesOf(before) !== sourcesOf(next) ? ingesting : undefined;
        await others?.change(next);
        const change = await delivery?.prepare(next).catch(async (error: unknown) => {
          await others?.change(before);
          throw error;
        });
        await change?.();
        if (rules !== undefined) reading?.judgeBy(next, rules);
        answerBy?.();
        inUse = next;
      },
      stop: () => closers.closeAll(),
    };
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

type PartTools = AppTools & { readonly metrics: Metrics; readonly closers: Closers };

/** The HTTP service. */
interface Http {
  readonly url: string;
  /** Throws when it cannot be. What it gives back has requests answered by that config from the next one on, at the same address. */
  prepare(next: Config): () => void;
  /** Notes where an alert went, for triage. */
  became(this: void, fate: AlertFate): void;
}

async function openHttp(
  config: Config,
  delivery: Delivery,
  reading: Reading | undefined,
  { clock, log, metrics, version, closers }: PartTools,
): Promise<Http> {
  const { store } = delivery;
  const sources = openTriage(config, { store, router: () => delivery.router(), reading, clock, log, metrics });
  const { triage } = sources;
  closers.add(() => triage.close());
  const gaveUp = metrics.counter({
    name: 'lines_given_up_total',
    help: 'Lines of a log router of which some parts never came.',
  });
  const parts = openLineParts({
    path: join(config.stateDir, 'line-parts.db'),
    clock,
    gaveUp(lines, parts) {
      gaveUp.add(lines);
      log.error('Lines of a log router were given up: not all of their parts came within 10 minutes.', {
        lines,
        parts,
      });
    },
  });
  closers.add(() => parts.close());
  const stopping = new AbortController();
  const appOf = ({ listen }: Config, login: Login): HttpApp =>
    createApp({
      intake: delivery.intake,
      parts,
      access: createAccess({ ...listen, judgedElsewhere: isOfPage }),
      ...present({ rateLimit: listen.rateLimit && createRateLimit(listen.rateLimit, clock) }),
      limits: { ...defaultBodyLimits, maxBodyBytes: listen.maxBodyBytes },
      probes: [
        ...delivery.probes(),
        ...(reading?.probes ?? []),
        { name: 'triage', essential: false, problems: () => triage.problems() },
      ],
      triage: { sources, login, stopping: stopping.signal },
      metrics,
      extraLabels: config.metrics,
      clock,
      log,
      version,
    });
  const loginOf = openLogins(config.stateDir, clock);
  let app = appOf(config, loginOf(config));
  const server = await openServer(
    { listener: (asked, answer) => app.listener(asked, answer), post: (posted) => app.post(posted) },
    listenOptions(config),
    clock,
  );
  closers.add(() => server.close(serverDeadlineMs));
  closers.add(() => stopping.abort());
  return {
    url: server.url,
    became: (fate) => triage.noteDeliveries([fate]),
    prepare(next) {
      refuseExposure(listenOptions(next));
      const login = loginOf(next);
      return () => {
        app = appOf(next, login);
        sources.noteRules();
      };
    },
  };
}

function listenOptions({ listen }: Config): ListenOptions {
  return { ...listen, guarded: listen.tokens.length > 0 || listen.networks.length > 0 };
}
