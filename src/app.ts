import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
import { createIntake, type Intake } from './deliver/intake.ts';
import type { Output } from './deliver/outputs/output.ts';
import { keepRetention } from './deliver/retention-keeper.ts';
import { createRouter } from './deliver/routing/route-tree.ts';
import type { AlertStore } from './deliver/store/alert-store.ts';
import { openSqliteStore } from './deliver/store/sqlite.ts';
import { watchedIntake } from './deliver/watched-intake.ts';
import { Detector } from './detect/detector.ts';
import { ingest, type IngestResult } from './detect/ingest.ts';
import { ingestMeter, type MeterTools, sourceMetrics, sourceReporter } from './detect/ingest-meter.ts';
import { LocalJudge } from './detect/judge.ts';
import { Ledger } from './detect/ledger.ts';
import { progressFile, SqliteProgress } from './detect/progress.ts';
import type { RuleSet } from './detect/rules/engine.ts';
import type { Source } from './detect/sources/source.ts';
import { openEnrichment, openGeo } from './enrichment.ts';
import type { GeoLookup } from './geoip/geo-lookup.ts';
import { meterGeo } from './geoip/geo-meter.ts';
import { ruleFacts } from './geoip/rule-facts.ts';
import { createAccess } from './http/access.ts';
import { createApp } from './http/app.ts';
import { type HttpServer, openServer } from './http/server.ts';
import { defaultBodyLimits, type Probe } from './http/service.ts';

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
  tools: AppTools,
  metrics: Metrics,
  closers: Closers,
): Promise<HttpServer> {
  const { listen } = config;
  const app = createApp({
    intake: delivery.intake,
    access: createAccess(listen),
    limits: { ...defaultBodyLimits, maxBodyBytes: listen.maxBodyBytes },
    probes: delivery.probes,
    metrics,
    clock: tools.clock,
    log: tools.log,
    version: tools.version,
  });
  const guarded = listen.tokens.length > 0 || listen.networks.length > 0;
  const server = await openServer(app, { ...listen, guarded }, tools.clock);
  closers.add(() => server.close(serverDeadlineMs));
  return server;
}

/** What runs of the app: each part can be left out. */
export interface AppParts {
  /** The HTTP service, and the courier that carries stored alerts to the outputs. */
  readonly service: boolean;
  /** Sources and the rules that are run over them; `intake` takes the alerts where it is not the service's own. */
  readonly ingest?: { readonly rules: RuleSet; readonly intake?: AlertIntake };
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
    const elsewhere = parts.service ? undefined : parts.ingest?.intake;
    const delivery =
      elsewhere === undefined ? await openDelivery(config, tools, metrics, closers, parts.service) : undefined;
    const server = parts.service && delivery ? await openHttp(config, delivery, tools, metrics, closers) : undefined;
    let ingested: Promise<IngestResult> = Promise.resolve({ givenUp: 0, unread: 0, failedSources: 0 });
    if (parts.ingest !== undefined) {
      const geo = delivery?.geo ?? (await openGeo(config, tools.clock, closers));
      const intake = elsewhere ?? delivery?.intake;
      if (intake === undefined) throw new Error('there is no intake for the alerts');
      const { rules } = parts.ingest;
      ({ ingested } = await startIngest(config, { rules, intake, geo }, tools, metrics, closers));
    }
    return { url: server?.url, store: delivery?.store, ingested, stop: () => closers.closeAll() };
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function openSources(
  config: Config,
  progress: SqliteProgress,
  tools: MeterTools & Pick<AppTools, 'stdin'>,
  metrics: Metrics,
  closers: Closers,
): Promise<Source[]> {
  const { clock } = tools;
  const counted = sourceMetrics(metrics);
  const sources: Source[] = [];
  closers.add(async () => {
    for (const source of sources) await source.close?.();
  });
  for (const { name, kind, config: own } of config.sources) {
    const report = sourceReporter(name, { metrics: counted, ...tools });
    const resolvePath = (path: string): string => resolve(config.baseDir, path);
    sources.push(await kind.open(own, { name, clock, progress, report, resolvePath, stdin: () => tools.stdin() }));
  }
  return sources;
}

/** What the left half needs of the rest. */
interface IngestParts {
  readonly rules: RuleSet;
  readonly intake: AlertIntake;
  readonly geo: GeoLookup;
}

/** Resolves, once the sources are open, to the promise of their end (in an object, or it would be waited for). */
async function startIngest(
  config: Config,
  { rules, intake, geo }: IngestParts,
  appTools: AppTools,
  metrics: Metrics,
  closers: Closers,
): Promise<{ readonly ingested: Promise<IngestResult> }> {
  const { clock, log } = appTools;
  const path = join(config.stateDir, progressFile);
  const progress = new SqliteProgress(path);
  closers.add(() => progress.close());
  const ledger = new Ledger(path);
  closers.add(() => ledger.close());
  const tools = { clock, log, graveyard: progress, ledger };
  const sources = await openSources(config, progress, { ...tools, stdin: () => appTools.stdin() }, metrics, closers);
  const stopping = new AbortController();
  const detector = new Detector({ judge: new LocalJudge(rules, ruleFacts(geo)), intake });
  const ingested = ingest(sources, detector, ingestMeter(metrics, tools), stopping.signal);
  closers.add(async () => {
    stopping.abort();
    await ingested;
  });
  return { ingested };
}
