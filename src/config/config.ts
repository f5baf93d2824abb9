import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import type { ExtraLabels } from '../alert/alert-labels.ts';
import { type Priority, parsePriority } from '../alert/priority.ts';
import { didYouMean } from '../base/did-you-mean.ts';
import { parseDurationMs } from '../base/duration.ts';
import { present } from '../base/present.ts';
import type { Secret } from '../base/secret.ts';
import type { Custom } from '../deliver/custom.ts';
import type { EnricherKind } from '../deliver/enrich/enricher.ts';
import { createRouter, type RouteConfig, RoutesError } from '../deliver/routing/route-tree.ts';
import type { AppendOutput, RuleSelection } from '../detect/rules/engine.ts';
import type { FeedConfig } from '../detect/open-feed.ts';
import type { SourceKind } from '../detect/sources/source.ts';
import { type ConfiguredOutput, readOutputs } from './configured-outputs.ts';
import { isFalcosidekick, named, translateFalcosidekick } from './falcosidekick.ts';
import { type Configured, type Issue, issuesOf, readKinds, unknownKey } from './kinds.ts';
import { ConfigError, type ConfigPath, type ConfigProblem, readConfig } from './read-config.ts';
import { configSchema, kindLists, knownKeys } from './schema.ts';
import { type UiConfig, uiOf } from './ui.ts';

/** The config, checked. Paths are absolute, save those in the configs of kinds: these ask their tools' `resolvePath`. */
export interface Config {
  /** As errors name it. */
  readonly file: string;
  /** What of a config of falcosidekick's has no meaning here, a line each. */
  readonly warnings: readonly string[];
  readonly baseDir: string;
  readonly stateDir: string;
  readonly listen: ListenConfig;
  readonly metrics: ExtraLabels;
  readonly ui: UiConfig;
  readonly engine: EngineConfig;
  readonly rules: RulesConfig;
  readonly sources: readonly Configured<SourceKind>[];
  readonly geoip: GeoipConfig;
  readonly custom: Custom;
  readonly enrichers: readonly Configured<EnricherKind>[];
  readonly store: StoreConfig;
  readonly outputs: readonly ConfiguredOutput[];
  readonly route: RouteConfig;
  /** Whether files were put into it. */
  readonly filesPutIn: boolean;
  /** Where in the file, and under which key there, something is wrong with what stands at `path`. */
  readonly problemAt: (path: ConfigPath, message: string) => ConfigProblem;
}

/** What runs the rules: this process, or a real Falco that is fed. */
/** `threads`: beside the one that serves HTTP; left to the command where absent. */
export type EngineConfig =
  | { readonly kind: 'embedded'; readonly threads?: number }
  | { readonly kind: 'falco'; readonly feed: FeedConfig };

interface StoreConfig {
  readonly path: string;
  readonly sync: 'interval' | 'always';
  readonly maxBytes?: number;
  readonly retention: StoreRetention;
}

export interface StoreRetention {
  readonly maxAgeMs: number;
  readonly maxAlerts: number;
  readonly maxAlertsUndelivered?: number;
}

export interface RulesConfig {
  readonly files: readonly string[];
  readonly matching: 'first' | 'all';
  readonly priority: Priority;
  readonly selection: readonly RuleSelection[];
  readonly appendOutput: readonly AppendOutput[];
  readonly timeFormatIso8601: boolean;
}

interface ListenConfig {
  readonly host: string;
  readonly port: number;
  readonly tokens: readonly Secret[];
  readonly networks: readonly string[];
  readonly openPaths: readonly string[];
  readonly insecure: boolean;
  readonly tls?: { readonly certFile: string; readonly keyFile: string; readonly clientCaFile?: string };
  readonly maxConnections: number;
  readonly maxBodyBytes: number;
  readonly rateLimit?: { readonly perSecond: number; readonly burst: number };
}

interface GeoipConfig {
  readonly databases: readonly string[];
  readonly embedded: boolean;
  readonly reloadMs: number;
  readonly maxAgeMs: number;
}

/**
 * The config that a YAML text says, in our words or in falcosidekick's. `file` is its path, absolute or counted from the working folder; relative paths inside
 * count from `base_dir`, which counts from the file's folder. Throws `ConfigError` with everything that is wrong.
 */
export function parseConfig(text: string, file: string, env: Readonly<Record<string, string | undefined>>): Config {
  const read = readConfig(text, file, env);
  const issues: Issue[] = [];
  const theirs = isFalcosidekick(read.value, Object.keys(configSchema.shape))
    ? translateFalcosidekick(read.value, env)
    : undefined;
  const value = theirs?.value ?? read.value ?? {};
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) issues.push(...issuesOf(parsed.error));

  const lists = (list: keyof typeof kindLists): unknown[] => listIn(value, list);
  const sources = readKinds('sources', lists('sources'), kindLists.sources, issues);
  const enrichers = readKinds('enrichers', lists('enrichers'), kindLists.enrichers, issues);
  const outputs = readOutputs(lists('outputs'), issues);

  const problemOf = ({ path, at, message }: Issue): ConfigProblem => {
    const origin = theirs?.originOf(path);
    if (origin !== undefined) return { file, ...read.at(origin.split('.'), 'value'), path: named(origin), message };
    return { file, ...read.at(path, at), path: spell(path), message };
  };
  if (!parsed.success || issues.length > 0) {
    throw new ConfigError(
      issues.map((issue) => {
        const message = issue.message === unknownKey ? unknownKeyMessage(issue.path, value) : issue.message;
        return problemOf({ ...issue, message });
      }),
    );
  }
  const { data } = parsed;
  const route = data.route ?? { outputs: outputs.map((output) => output.name) };
  checkRoutes(route, outputs, (message) => ({ file, ...read.at(['route'], 'value'), path: 'route', message }));
  const baseDir = resolve(dirname(file), data.base_dir);
  const stateDir = resolve(baseDir, data.state_dir);
  return {
    file,
    warnings: theirs?.warnings ?? [],
    baseDir,
    stateDir,
    listen: listenOf(data.listen, baseDir),
    metrics: { fields: data.metrics.extra_labels, maxSeries: data.metrics.max_series },
    ui: uiOf(data.ui),
    engine: engineOf(data.engine),
    rules: rulesOf(data, baseDir),
    sources,
    geoip: {
      databases: data.geoip.databases.map((path) => resolve(baseDir, path)),
      embedded: data.geoip.embedded,
      reloadMs: parseDurationMs(data.geoip.reload_every) ?? 0,
      maxAgeMs: parseDurationMs(data.geoip.max_age) ?? 0,
    },
    custom: data.custom,
    enrichers,
    store: present({
      path: data.store.path === undefined ? resolve(stateDir, 'alerts.db') : resolve(baseDir, data.store.path),
      sync: data.store.sync,
      maxBytes: data.store.max_bytes,
      retention: present({
        maxAgeMs: data.store.retention.max_age,
        maxAlerts: data.store.retention.max_alerts,
        maxAlertsUndelivered: data.store.retention.max_undelivered,
      }),
    }),
    outputs,
    route,
    filesPutIn: read.filesPutIn,
    problemAt: (path, message) => problemOf({ path, at: 'value', message }),
  };
}

/** What only the routing tree itself can judge: matchers, mutes, names of outputs. */
function checkRoutes(
  route: RouteConfig,
  outputs: readonly ConfiguredOutput[],
  problem: (message: string) => ConfigProblem,
): void {
  try {
    createRouter(route, new Set(outputs.map((output) => output.name)));
  } catch (error) {
    if (error instanceof RoutesError) throw new ConfigError(error.problems.map(problem));
    throw error;
  }
}

type Data = z.output<typeof configSchema>;

function listenOf(
  { open_paths: openPaths, max_connections, max_body_bytes, rate_limit, tls, ...rest }: Data['listen'],
  baseDir: string,
): ListenConfig {
  const path = (file: string): string => resolve(baseDir, file);
  return {
    ...rest,
    openPaths,
    maxConnections: max_connections,
    maxBodyBytes: max_body_bytes,
    ...(rate_limit === undefined
      ? {}
      : { rateLimit: { perSecond: rate_limit.requests_per_second, burst: rate_limit.burst } }),
    ...(tls === undefined
      ? {}
      : {
          tls: present({
            certFile: path(tls.cert_file),
            keyFile: path(tls.key_file),
            clientCaFile: tls.client_ca_file === undefined ? undefined : path(tls.client_ca_file),
          }),
        }),
  };
}

function engineOf({ kind, feed, threads }: Data['engine']): EngineConfig {
  return kind === 'embedded' ? present({ kind, threads }) : { kind, feed: present(feed) };
}

function rulesOf(data: Data, baseDir: string): RulesConfig {
  return {
    files: data.rules_files.map((path) => resolve(baseDir, path)),
    matching: data.rule_matching,
    priority: parsePriority(data.priority) ?? 'Debug',
    selection: data.rules.map(({ enable, disable }) => ({
      action: enable === undefined ? 'disable' : 'enable',
      ...present(enable ?? disable ?? {}),
    })),
    appendOutput: data.append_output.map(({ match, extra_output: extraOutput, extra_fields: fields }) =>
      present({ match: match && present(match), extraOutput, extraFields: fields?.flatMap(fieldsOf) }),
    ),
    timeFormatIso8601: data.time_format_iso_8601,
  };
}

/** A map of several keys is as good as several maps of one. */
function fieldsOf(field: string | Readonly<Record<string, string>>): (string | readonly [string, string])[] {
  return typeof field === 'string' ? [field] : Object.entries(field);
}

function listIn(value: unknown, key: string): unknown[] {
  const list: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return Array.isArray(list) ? list : [];
}

/** `outputs[0].url`, as one would write it in JavaScript. */
function spell(path: ConfigPath): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`))
    .join('');
}

function unknownKeyMessage(path: ConfigPath, value: unknown): string {
  const key = String(path.at(-1));
  const [list, index] = path;
  const item: unknown = typeof list === 'string' && typeof index === 'number' ? listIn(value, list)[index] : undefined;
  const kind: unknown = typeof item === 'object' && item !== null ? Reflect.get(item, 'kind') : undefined;
  const known = knownKeys(path.slice(0, -1), typeof kind === 'string' ? kind : undefined);
  const hint = didYouMean(key, known);
  return `unknown key${hint === '' && known.length > 0 ? `; the keys here are ${known.join(', ')}` : hint}`;
}
