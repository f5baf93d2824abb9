import { resolve } from 'node:path';
import type { Clock } from './base/clock.ts';
import type { Closers } from './base/closers.ts';
import type { Log } from './base/log.ts';
import type { Metrics } from './base/metrics.ts';
import { present } from './base/present.ts';
import type { Config } from './config/config.ts';
import type { ConfiguredOutput } from './config/configured-outputs.ts';
import { outputFindings } from './config/output-findings.ts';
import { ConfigError, sayProblem } from './config/read-config.ts';
import {
  type AlertFate,
  type Courier,
  type CourierObserver,
  type CourierOutput,
  createCourier,
} from './deliver/courier.ts';
import { courierMeter } from './deliver/courier-meter.ts';
import { withCustom } from './deliver/custom.ts';
import { meterEnrichers } from './deliver/enricher-meter.ts';
import { createIntake, type Intake } from './deliver/intake.ts';
import { keepRetention } from './deliver/retention-keeper.ts';
import { createRouter } from './deliver/routing/route-tree.ts';
import type { Router } from './deliver/routing/router.ts';
import type { AlertStore } from './deliver/store/alert-store.ts';
import { openSqliteStore } from './deliver/store/sqlite.ts';
import { watchedIntake } from './deliver/watched-intake.ts';
import { type Enrichment, openEnrichment } from './enrichment.ts';
import type { GeoLookup } from './geoip/geo-lookup.ts';
import { meterGeo } from './geoip/geo-meter.ts';
import type { Probe } from './http/service.ts';
import { openServiceStore } from './open-store.ts';

/** What the right half may use of the app. */
export interface DeliveringTools {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly closers: Closers;
  /** Standard output's writer. */
  readonly write: (text: string) => Promise<void>;
  /** Told where alerts went. */
  readonly became: (fate: AlertFate) => void;
}

/** The right half: store, enrichment, intake; with `carry`, outputs and routing as well. */
export interface Delivery {
  readonly store: AlertStore;
  /** As the config in use has it: a change goes on behind it. */
  readonly intake: Intake;
  readonly geo: Pick<GeoLookup, 'find'>;
  /** That of the config in use. */
  router(): Router;
  probes(): readonly Probe[];
  /** Opens what another config asks for, while everything goes on as it is. Rejects, with nothing left open, when a part cannot be opened. */
  prepare(next: Config): Promise<PreparedChange>;
}

/** A change that is ready: goes over to it, which cannot fail. Resolves when what was replaced has ended. Call it once. */
export type PreparedChange = () => Promise<void>;

const courierDeadlineMs = 10_000;
const retentionEveryMs = 60_000;

export async function openDelivery(config: Config, tools: DeliveringTools, carry: boolean): Promise<Delivery> {
  const { clock, closers, metrics } = tools;
  const place = present({ path: config.store.path, maxBytes: config.store.maxBytes, clock });
  const notice = (text: string): void => tools.log.warning(`The alert store: ${text}.`);
  const store = carry ? await openServiceStore({ ...place, notice }) : openSqliteStore(place);
  closers.add(() => store.close());
  let enriching = await openEnriching(config, store, tools);
  closers.add(() => enriching.close());
  meterGeo(metrics, { ...geoOf(() => enriching) }, clock);
  meterEnrichers(metrics, () => enriching.enrichers);
  let router = routerOf(config);
  const carrying = carry ? await startCarrying(config, store, tools) : undefined;
  const intake = watchedIntake({
    accept: (alerts) => enriching.intake.accept(alerts),
    receive: (alerts, durability) => enriching.intake.receive(alerts, durability),
  });
  return {
    store,
    intake,
    geo: geoOf(() => enriching),
    router: () => router,
    probes: () => [
      { name: 'store', essential: true, problems: intake.problems },
      ...enriching.enrichers.map((enricher): Probe => {
        return { name: enricher.name, essential: false, problems: () => enricher.problems() };
      }),
      ...(carrying?.probes() ?? []),
    ],
    async prepare(next) {
      const opened = await openEnriching(next, store, tools);
      const carried = await carrying?.prepare(next).catch(async (error: unknown) => {
        await opened.close();
        throw error;
      });
      return async () => {
        const replaced = enriching;
        enriching = opened;
        router = routerOf(next);
        await carried?.();
        await replaced.close();
      };
    },
  };
}

interface Enriching extends Enrichment {
  readonly intake: Intake;
}

async function openEnriching(
  config: Config,
  store: AlertStore,
  { clock, log }: Pick<DeliveringTools, 'clock' | 'log'>,
): Promise<Enriching> {
  const enrichment = await openEnrichment(config, clock);
  const intake = createIntake({
    store,
    enrichers: enrichment.enrichers,
    durability: config.store.sync === 'always' ? 'synced' : 'written',
    misbehaved: (enricher, problem) =>
      log.warning('An enricher misbehaved; its alert went on without it.', { enricher, problem }),
  });
  return { ...enrichment, intake: withCustom(intake, config.custom) };
}

/** The lookup of whatever is in use. */
function geoOf(inUse: () => Enriching): GeoLookup {
  return {
    find: (address) => inUse().geo.find(address),
    databases: () => inUse().geo.databases(),
    problems: () => inUse().geo.problems(),
    counts: () => inUse().geo.counts(),
    reload: () => inUse().geo.reload(),
    close: () => inUse().geo.close(),
  };
}

interface Carrying {
  probes(): readonly Probe[];
  prepare(next: Config): Promise<PreparedChange>;
}

interface OpenOutput extends CourierOutput {
  readonly kind: string;
  /** The config's entry, and where its paths count from. */
  readonly fingerprint: string;
}

async function startCarrying(config: Config, store: AlertStore, tools: DeliveringTools): Promise<Carrying> {
  const { clock, closers, log, metrics } = tools;
  let outputs = await openOutputs(config, [], tools);
  closers.add(() => closeOutputs(outputs));
  await placeReaders(store, config);
  const kinds = (): ReadonlyMap<string, string> => new Map(outputs.map(({ name, kind }) => [name, kind]));
  const meter = courierMeter(metrics, log, store, { clock, outputs: kinds });
  const observer: CourierObserver = {
    ...meter,
    became(fate) {
      meter.became?.(fate);
      tools.became(fate);
    },
  };
  const courier = createCourier({ store, router: routerOf(config), outputs, clock, observer });
  courier.start();
  closers.add(async () => {
    await store.settled().catch((error: unknown) => log.warning('Not all alerts can be read now.', { error }));
    await courier.stop(courierDeadlineMs);
  });
  let stopRetention = startRetention(config, store, tools);
  closers.add(() => stopRetention());
  return {
    probes: () => outputProbes(courier, outputs),
    async prepare(next) {
      const opened = await openOutputs(next, outputs, tools);
      const fresh = opened.filter((one) => !outputs.includes(one));
      await placeReaders(store, next).catch(async (error: unknown) => {
        await closeOutputs(fresh);
        throw error;
      });
      return async () => {
        await stopRetention();
        await courier.change({ outputs: opened, router: routerOf(next) }, courierDeadlineMs);
        const replaced = outputs.filter((one) => !opened.includes(one));
        outputs = opened;
        stopRetention = startRetention(next, store, tools);
        await closeOutputs(replaced);
      };
    },
  };
}

function routerOf({ outputs, route }: Config): Router {
  return createRouter(route, new Set(outputs.map(({ name }) => name)));
}

/** The config's outputs; those that are open as they are asked for stay as they are. */
async function openOutputs(
  inConfig: Config,
  there: readonly OpenOutput[],
  { clock, log, write }: DeliveringTools,
): Promise<readonly OpenOutput[]> {
  const { baseDir, outputs } = inConfig;
  const fingerprintIn = (output: ConfiguredOutput): string => `${baseDir} ${output.fingerprint}`;
  const knownAs = (output: ConfiguredOutput): OpenOutput | undefined =>
    there.find((one) => one.name === output.name && one.fingerprint === fingerprintIn(output));
  const { errors, warnings } = await outputFindings(inConfig, (output) => knownAs(output) === undefined);
  if (errors.length > 0) throw new ConfigError(errors);
  for (const problem of warnings) log.warning(`Take care: ${sayProblem(problem)}`);
  const opened: OpenOutput[] = [];
  try {
    for (const output of outputs) {
      const { name, kind, config, policy } = output;
      const resolvePath = (path: string): string => resolve(baseDir, path);
      opened.push(
        knownAs(output) ?? {
          name,
          kind: kind.kind,
          fingerprint: fingerprintIn(output),
          policy,
          limits: kind.batch(config),
          output: await kind.open(config, { name, clock, write, resolvePath }),
        },
      );
    }
    return opened;
  } catch (error) {
    await closeOutputs(opened.filter((one) => !there.includes(one)));
    throw error;
  }
}

async function closeOutputs(outputs: readonly OpenOutput[]): Promise<void> {
  for (const { output } of outputs) await output.close?.();
}

/**
 * An output that was never there before begins with the alerts that come from now on, unless it asks for the `backlog`; those of the first start begin with
 * the oldest alert (`ingest` may have been there before). Written down at once: a crash must not make an old output a new one.
 */
async function placeReaders(store: AlertStore, { outputs }: Config): Promise<void> {
  const { readers, lastPosition } = store.stats();
  const isFirst = Object.keys(readers).length === 0;
  for (const { name, policy } of outputs) {
    if (name in readers) continue;
    const position = isFirst || policy.backlog === true ? 0 : lastPosition;
    await store.reader(name).commit({ position }, 'synced');
  }
}

function startRetention(
  config: Config,
  store: AlertStore,
  { clock, log }: Pick<DeliveringTools, 'clock' | 'log'>,
): () => Promise<void> {
  return keepRetention({
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
}

function outputProbes(courier: Courier, outputs: readonly OpenOutput[]): Probe[] {
  return outputs.map(({ name, output }) => ({
    name: `output ${name}`,
    essential: false,
    problems: () => {
      const state = courier.states().find((one) => one.output === name);
      const failing =
        state?.circuit === 'failing' ? [`${state.failuresInARow} sends in a row failed: ${state.lastError ?? ''}`] : [];
      return [...failing, ...(output.problems?.() ?? [])];
    },
  }));
}
