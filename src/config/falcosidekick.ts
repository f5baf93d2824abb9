import { present } from '../base/present.ts';
import { enabledBy, ignored, outputs, settings, tlsServer, unsupported } from './falcosidekick-keys.ts';
import { isTrue, tlsClientKeys, translateTls } from './falcosidekick-tls.ts';
import type { ConfigPath } from './read-config.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A config of falcosidekick's in our words. */
export interface Translation {
  /** To be checked by our schema, as if it had been written so. */
  readonly value: Readonly<Record<string, unknown>>;
  /** What falcosidekick would do and this does not, a line each, beginning with falcosidekick's key. */
  readonly warnings: readonly string[];
  /** Falcosidekick's key behind a value of `value`; undefined where there is none. */
  originOf(path: ConfigPath): string | undefined;
}

/** The name of the environment variable that stands for a key: `aws.s3.bucket` is AWS_S3_BUCKET. It wins over the file. */
export function envNameOf(key: string): string {
  return key.toUpperCase().replaceAll('.', '_');
}

/** True for a file with keys of falcosidekick's and none of ours. */
export function isFalcosidekick(value: unknown, ourKeys: readonly string[]): boolean {
  if (!isMap(value)) return false;
  const keys = Object.keys(value);
  return keys.some((key) => sections.has(key.toLowerCase())) && !keys.some((key) => ourKeys.includes(key));
}

const everyKey = [
  ...[...settings, ...tlsServer, ...tlsClientKeys.ofAll].map(({ key }) => key),
  ...Object.keys(ignored),
  ...unsupported,
];
const sections = new Set([...everyKey, ...outputs.map(({ section }) => section)].map((key) => key.split('.')[0]));

/** Says a config of falcosidekick's, as YAML gives it, and its environment variables in our words. */
export function translateFalcosidekick(file: unknown, env: Env): Translation {
  const given = flatten(file);
  const known = new Set<string>();
  const origins = new Map<string, string>();
  const warnings: string[] = [];
  /** Undefined where nothing is said, or nothing but an empty text. */
  const valueOf = (key: string): unknown => {
    known.add(key);
    const fromEnv = env[envNameOf(key)];
    const value = fromEnv === undefined || fromEnv === '' ? given.get(key) : fromEnv;
    return isNothing(value) ? undefined : value;
  };

  const value: Record<string, unknown> = {};
  for (const { key, ours, read } of settings) {
    const found = valueOf(key);
    if (found === undefined) continue;
    put(value, ours, read === undefined ? found : read(found, env));
    origins.set(ours.join('.'), key);
  }
  const deploys = isTrue(valueOf('tlsserver.deploy'));
  const asksClients = isTrue(valueOf('tlsserver.mutualtls'));
  for (const { key, ours, byDefault } of tlsServer) {
    const found = valueOf(key) ?? byDefault;
    if (!deploys || (key === 'tlsserver.cacertfile' && !asksClients)) continue;
    put(value, ours, found);
    origins.set(ours.join('.'), key);
  }

  const region = valueOf('aws.region');
  const entries: Record<string, unknown>[] = [];
  const routes: Record<string, unknown>[] = [];
  for (const { section, kind, keys, defaults, sendsHttp } of outputs) {
    const entry: Record<string, unknown> = { kind, ...defaults };
    if (section.startsWith('aws.') && region !== undefined) entry['region'] = region;
    for (const { key, ours, read } of keys) {
      const found = valueOf(`${section}.${key}`);
      if (found === undefined) continue;
      put(entry, ours, read === undefined ? found : read(found, env));
      origins.set(['outputs', entries.length, ...ours].join('.'), `${section}.${key}`);
    }
    const tls = sendsHttp === true ? translateTls(section, valueOf) : undefined;
    if (tls?.value !== undefined) entry['tls'] = tls.value;
    for (const [ours, key] of tls?.origins ?? []) origins.set(`outputs.${entries.length}.tls.${ours}`, key);
    const priority = valueOf(`${section}.minimumpriority`);
    if (valueOf(enabledBy(section)) === undefined) continue;
    if (priority !== undefined)
      origins.set(`route.routes.${routes.length + 1}.minimum_priority`, `${section}.minimumpriority`);
    routes.push(present({ name: kind, minimum_priority: priority, outputs: [kind], continue: true }));
    entries.push(entry);
  }
  const names = entries.map(({ kind }) => kind);
  if (entries.length === 0) warnings.push('no output is set that this knows: alerts are stored and go nowhere');
  // Falcosidekick's test alert is a Debug one and goes everywhere, whatever an output's minimumpriority says.
  routes.unshift({ name: 'test', rules: ['Test rule'], outputs: names });

  for (const key of unsupported)
    if (valueOf(key) !== undefined) warnings.push(`${named(key)}: there is no such output here; no alert goes there`);
  for (const [key, { because, unless }] of Object.entries(ignored)) {
    const found = valueOf(key);
    if (found === undefined || textOf(found) === 'false' || textOf(found) === unless) continue;
    warnings.push(`${named(key)}: ${because}`);
  }
  for (const [key, found] of given) {
    if (known.has(key) || isNothing(found) || found === false || isUnsupported(key)) continue;
    warnings.push(`${key}: it has no meaning here and is ignored`);
  }
  return {
    value: {
      ...value,
      enrichers: [{ kind: 'geoip' }, { kind: 'elb' }],
      outputs: entries,
      route: { outputs: [], routes },
    },
    warnings,
    originOf(path) {
      for (let length = path.length; length > 0; length--) {
        const origin = origins.get(path.slice(0, length).join('.'));
        if (origin !== undefined) return origin;
      }
      return undefined;
    },
  };
}

/** A key with its variable's name. */
export function named(key: string): string {
  return `${key} (${envNameOf(key)})`;
}

/** Keys beside the one that switches an output on, which is what the warning is about. */
function isUnsupported(key: string): boolean {
  return unsupported.some((each) => key.startsWith(each.slice(0, each.lastIndexOf('.') + 1)));
}

/** Falcosidekick's example has every key with an empty value. */
function isNothing(value: unknown): boolean {
  return value === '' || value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Every value under its whole key in lower case, as falcosidekick compares keys; the maps that are values stay whole. */
function flatten(value: unknown, above = '', found = new Map<string, unknown>()): Map<string, unknown> {
  if (!isMap(value)) return found;
  for (const [name, inner] of Object.entries(value)) {
    const key = `${above}${name.toLowerCase()}`;
    if (isMap(inner) && !mapKeys.has(key)) flatten(inner, `${key}.`, found);
    else found.set(key, inner);
  }
  return found;
}

const mapKeys = new Set(['customfields', 'templatedfields', 'webhook.customheaders']);

function put(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) {
    into[key] = value;
    return;
  }
  const inner = into[key];
  const next: Record<string, unknown> = isMap(inner) ? inner : {};
  into[key] = next;
  put(next, rest, value);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
