import { startThread } from './base/start-thread.ts';
import type { AlertStore } from './deliver/store/alert-store.ts';
import { type DoorStoreOptions, openDoorStore } from './deliver/store/door-store.ts';

// In an installed package the house is dist/main.cjs, and the thread stands beside it.
const entry = new URL(`./store-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'cjs'}`, import.meta.url);

/** What it makes are frames and their parts, soon garbage; SQLite's memory is its own. */
const resourceLimits = { maxYoungGenerationSizeMb: 8 };

/** The store for a service, written by a thread of its own. Rejects as `openSqliteStore` throws. */
export function openServiceStore(options: Omit<DoorStoreOptions, 'port'>): Promise<AlertStore> {
  return openDoorStore({ ...options, port: startThread(entry, { name: 'store', resourceLimits }) });
}
