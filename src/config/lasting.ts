import type { Config } from './config.ts';

/** What of a config holds until the next start: it is opened once. Key as in the config → what it says. */
function lasting({ stateDir, store, listen, engine, metrics }: Config): Readonly<Record<string, string>> {
  const { tls } = listen;
  return {
    state_dir: stateDir,
    'store.path': store.path,
    'store.max_bytes': String(store.maxBytes),
    'listen.host': listen.host,
    'listen.port': String(listen.port),
    'listen.tls': JSON.stringify([tls?.certFile, tls?.keyFile, tls?.clientCaFile]),
    'listen.max_connections': String(listen.maxConnections),
    metrics: JSON.stringify(metrics),
    engine: engine.kind === 'falco' ? `${engine.feed.address} ${engine.feed.token?.reveal()}` : engine.kind,
  };
}

/** The same for configs that read the same sources. */
export function sourcesOf({ baseDir, sources }: Config): string {
  return JSON.stringify([baseDir, sources.map(({ fingerprint }) => fingerprint)]);
}

/** Throws, naming the keys, when `next` changes something that only a new start can change. */
export function refuseLasting(inUse: Config, next: Config): void {
  const before = lasting(inUse);
  const changed = Object.entries(lasting(next)).filter(([key, says]) => before[key] !== says);
  if (changed.length === 0) return;
  const keys = changed.map(([key]) => key).join(', ');
  throw new Error(`${keys} cannot be changed while the service runs: restart it for that, or set back what was there`);
}
