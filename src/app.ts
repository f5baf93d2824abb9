import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AlertIntake } from './alert/alert-intake.ts';
import type { Clock } from './base/clock.ts';
import { Closers } from './base/closers.ts';
import type { Log } from './base/log.ts';
import { createMetrics, type Metrics } from './base/metrics.ts';
import { present } from './base/present.ts';
import type { Config } from './config/config.ts';
import { type Courier, createCourier } from './deliver/courier.ts';
import { courierMeter } from './deliver/courier-meter.ts';
import { withCustom } from './deliver/custom.ts';
import { meterEnrichers } from './deliver/enricher-meter.ts';
import { createIntake, type Intake } from './deliver/intake.ts';
import type { Output } from './deliver/outputs/output.ts';
import { keepRetention } from './deliver/retention-keeper.ts';
import { createRouter } from './deliver/routing/route-tree.ts';
import type { AlertStore } from './deliver/store/alert-store.ts';
import { openSqliteStore } from './deliver/store/sqlite.ts';
import { watchedIntake } from './deliver/watched-intake.ts';
import { Detector } from './detect/detector.ts';
import type { IngestResult } from './detect/ingest.ts';
import { type Judge, LocalJudge } from './detect/judge.ts';
import { type FeedConfig, openFeed } from './detect/open-feed.ts';
import type { CompiledRule, RuleSet } from './detect/rules/engine.ts';
import { geoOptions, openEnrichment, openGeo } from './enrichment.ts';
import type { GeoLookup } from './geoip/geo-lookup.ts';
import { meterGeo } from './geoip/geo-meter.ts';
import { ruleFacts } from './geoip/rule-facts.ts';
import { createAccess } from './http/access.ts';
import { createApp } from './http/app.ts';
import { isOfPage } from './http/routes/login.ts';
import { type HttpServer, openServer } from './http/server.ts';
import { defaultBodyLimits, type Probe } from './http/service.ts';
import { startIngest } from './ingesting.ts';
import { openJudgePool, type ThreadSettings } from './judge-threads.ts';
import { openLogin, openTriage } from './open-triage.ts';

/** What the app may use of the process. */
export interface AppTools {
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Standard output's writer. */
  readonly write: (text: string) => Promise<void>;
  stdin(): AsyncIterable<Uint8Array>;
}

/** The right half: store, enrichment, intake; with `courier`, outputs and routing as well. */
interface Delivery {
  readonly store: AlertStore;
  readonly intake: Intake;
  readonly geo: GeoLookup;
  readonly probes: readonly Probe[];
}

const courierDeadlineMs = 10_000;
const retentionEveryMs = 60_000;
const serverDeadlineMs = 5_000;

async function openDelivery(
  config: Config,
  tools: AppTools,
  metrics: Metrics,
  closers: Closers,
  carry: boolean,
): Promise<Delivery> {
  const { clock, log } = tools;
  const store = openSqliteStore(present({ path: config.store.path, maxBytes: config.store.maxBytes, clock }));
  closers.add(() => store.close());
  if (carry) {
    const stop = keepRetention({
      store,
      clock,
      everyMs: retentionEveryMs,
      retention: { ...config.store.retention, readers: config.outputs.map(({ name }) => name) },
      removed: ({ removed, undelivered }) => {
        if (Object.keys(undelivered).length === 0) log.notice('Alerts past the retention were removed.', { removed });
        else
          log.warning('Alerts that outputs had not taken were removed: the store is past its limit.', {
            removed,
            ...undelivered,
          });
      },
      failed: (cause) => log.warning('The retention could not be kept.', { error: cause }),
    });
    closers.add(stop);
  }
  const enrichment = await openEnrichment(config, clock);
  closers.add(() => enrichment.close());
  meterGeo(metrics, enrichment.geo, clock);
  meterEnrichers(metrics, () => enrichment.enrichers);
  const enriching = createIntake({
    store,
    enrichers: enrichment.enrichers,
    durability: config.store.sync === 'always' ? 'synced' : 'written',
    misbehaved: (enricher, problem) =>
      log.warning('An enricher misbehaved; its alert went on without it.', { enricher, problem }),
  });
  const intake = watchedIntake(withCustom(enriching, config.custom));
  const probes: Probe[] = [{ name: 'store', essential: true, problems: intake.problems }];
  for (const enricher of enrichment.enrichers) {
    probes.push({ name: enricher.name, essential: false, problems: () => enricher.problems() });
  }
  if (carry) probes.push(...laneProbes(await startCourier(config, store, tools, metrics, closers), config));
  return { store, intake, geo: enrichment.geo, probes };
}

async function startCourier(
  config: Config,
  store: AlertStore,
  tools: AppTools,
  metrics: Metrics,
  closers: Closers,
): Promise<Courier> {
  const { clock, write } = tools;
  const resolvePath = (path: string): string => resolve(config.baseDir, path);
  const opened: Output[] = [];
  closers.add(async () => {
    for (const output of opened) await output.close?.();
  });
  const outputs = [];
  for (const { name, kind, config: own, policy } of config.outputs) {
    const output = await kind.open(own, { name, clock, write, resolvePath });
    opened.push(output);
    outputs.push({ name, output, limits: kind.batch(own), policy });
  }
  const router = createRouter(config.route, new Set(outputs.map(({ name }) => name)));
  const courier = createCourier({ store, router, outputs, clock, observer: courierMeter(metrics, tools.log, store) });
  courier.start();
  closers.add(() => courier.stop(courierDeadlineMs));
  return courier;
}

function laneProbes(courier: Courier, { outputs }: Config): Probe[] {
  return outputs.map(({ name }) => ({
    name: `output ${name}`,
    essential: false,
    problems: () => {
      const state = courier.states().find(({ output }) => output === name);
      return state?.circuit === 'failing'
        ? [`${state.failuresInARow} sends in a row failed: ${state.lastError ?? ''}`]
        : [];
    },
  }));
}

async function openHttp(
  config: Config,
  delivery: Delivery,
  rules: readonly CompiledRule[],
  tools: AppTools,
  metrics: Metrics,
  closers: Closers,
): Promise<HttpServer> {
  const { listen } = config;
  const router = createRouter(config.route, new Set(config.outputs.map(({ name }) => name)));
  const sources = openTriage(config, { store: delivery.store, router, rules, now: () => tools.clock.now() });
  const { triage } = sources;
  closers.add(() => triage.close());
  const stopping = new AbortController();
  const app = createApp({
    intake: delivery.intake,
    access: createAccess({ ...listen, judgedElsewhere: isOfPage }),
    limits: { ...defaultBodyLimits, maxBodyBytes: listen.maxBodyBytes },
    probes: [...delivery.probes, { name: 'triage', essential: false, problems: () => triage.problems() }],
    triage: { sources, login: openLogin(config, tools.clock), stopping: stopping.signal },
    metrics,
    clock: tools.clock,
    log: tools.log,
    version: tools.version,
  });
  const guarded = listen.tokens.length > 0 || listen.networks.length > 0;
  const server = await openServer(app.listener, { ...listen, guarded }, tools.clock);
  closers.add(() => server.close(serverDeadlineMs));
  closers.add(() => stopping.abort());
  return server;
}

/** What runs of the app: each part can be left out. */
export interface AppParts {
  /** The HTTP service, and the courier that carries stored alerts to the outputs. */
  readonly service: boolean;
  /** Reads the sources, with rules or for a real Falco. */
  readonly ingest?: RulesPart | FeedPart;
}

/** The rules that are run over the events; `intake` takes the alerts where it is not the service's own. */
interface RulesPart {
  readonly rules: RuleSet;
  /** The same rules as they were read, for other threads to load; without them all is done on this one. */
  readonly read?: ThreadSettings['rules'];
  readonly intake?: AlertIntake;
}

/** A Falco that is fed with the events. Its alerts come over HTTP, to this service or to another. */
interface FeedPart {
  readonly feed: FeedConfig;
}

export interface App {
  /** Where the service listens, with the port that was really taken; undefined without a service. */
  readonly url: string | undefined;
  /** Undefined when alerts go to another process. */
  readonly store: AlertStore | undefined;
  /** Resolves when every source has ended by itself, or was stopped. Never rejects. */
  readonly ingested: Promise<IngestResult>;
  /**
   * Comes to a clean end: sources stop (an object half read comes again at the next start), requests under way are
   * answered, what is stored is delivered as far as outputs take it within 10 s, everything is closed. Call it once.
   */
  stop(): Promise<void>;
}

/** Builds the app from its config and starts it. Rejects, everything closed again, when a part cannot be opened. */
export async function startApp(config: Config, parts: AppParts, tools: AppTools): Promise<App> {
  const closers = new Closers();
  try {
    mkdirSync(config.stateDir, { recursive: true });
    const metrics = createMetrics();
    const keepsAlerts =
      parts.service || (parts.ingest !== undefined && 'rules' in parts.ingest && !parts.ingest.intake);
    const delivery = keepsAlerts ? await openDelivery(config, tools, metrics, closers, parts.service) : undefined;
    const reading =
      parts.ingest === undefined
        ? undefined
        : await openReader(config, parts.ingest, parts.service, delivery, tools, metrics, closers);
    const probes = [...(delivery?.probes ?? []), ...(reading?.probes ?? [])];
    const rules = parts.ingest !== undefined && 'rules' in parts.ingest ? parts.ingest.rules.rules : [];
    const server =
      parts.service && delivery
        ? await openHttp(config, { ...delivery, probes }, rules, tools, metrics, closers)
        : undefined;
    let ingested: Promise<IngestResult> = Promise.resolve({ givenUp: 0, unread: 0, failedSources: 0 });
    if (reading !== undefined) {
      const { clock, log } = tools;
      const stdin = (): AsyncIterable<Uint8Array> => tools.stdin();
      ({ ingested } = await startIngest(config, reading.reader, { clock, log, metrics, closers, stdin }));
    }
    return { url: server?.url, store: delivery?.store, ingested, stop: () => closers.closeAll() };
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

/** What reads log objects, and what `/readyz` asks of it. */
interface Reading {
  readonly reader: Pick<Detector, 'read'>;
  readonly probes: readonly Probe[];
}

async function openReader(
  config: Config,
  part: RulesPart | FeedPart,
  serves: boolean,
  delivery: Delivery | undefined,
  { clock, log }: AppTools,
  metrics: Metrics,
  closers: Closers,
): Promise<Reading> {
  const facts = async (): Promise<ReturnType<typeof ruleFacts>> =>
    ruleFacts(delivery?.geo ?? (await openGeo(config, clock, closers)));
  if ('feed' in part) {
    const opened = openFeed(part.feed, { clock, log, metrics, geo: await facts() });
    closers.add(() => opened.close());
    // Not essential: the service goes on taking alerts, those of this Falco too, when it comes back.
    return { reader: opened.feed, probes: [{ name: 'falco', essential: false, problems: opened.problems }] };
  }
  const intake = part.intake ?? delivery?.intake;
  if (intake === undefined) throw new Error('there is no intake for the alerts');
  const threads = (config.engine.kind === 'embedded' ? config.engine.threads : undefined) ?? (serves ? 1 : 0);
  const judge: Judge =
    part.read === undefined || threads === 0
      ? new LocalJudge(part.rules, await facts())
      : openThreads(threads, { rules: part.read, geo: geoOptions(config) }, log, metrics, closers);
  return { reader: new Detector({ judge, intake }), probes: [] };
}

/** Rules run beside the thread that answers HTTP and stores alerts. */
function openThreads(threads: number, settings: ThreadSettings, log: Log, metrics: Metrics, closers: Closers): Judge {
  const broken = metrics.counter({
    name: 'judge_threads_broken_total',
    help: 'Threads that ran the rules and ended by themselves; each was replaced.',
    labels: [],
  });
  const pool = openJudgePool(threads, settings, (cause) => {
    broken.add(1, {});
    log.error('A thread that runs the rules broke; another takes its place, and its object comes again.', {
      error: cause,
    });
  });
  closers.add(() => pool.close());
  return pool;
}
