import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../base/make-folder.ts';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { sayDuration } from '../../base/duration.ts';
import type { Balancer, BalancerApi } from './elb-api.ts';

/**
 * What AWS's API told of the load balancers, kept in memory and on disk and read anew in the background.
 *
 *   start ── from disk ──▶ known ── every refreshMs, or when an unknown balancer is asked for ──▶ read ──▶ known, to disk
 *                            ▲                                                                     │
 *                            └──────────────── trouble: what was known stays, said in `problems` ◀─┘
 */
export interface Inventory {
  /** The balancer of that name, region and account, as far as these are known; undefined also where two would fit. */
  find(resource: string, region: string | undefined, account: string | undefined): Balancer | undefined;
  /** Changes when `find` may answer differently. */
  version(): number;
  problems(): readonly string[];
  close(): Promise<void>;
}

/** One account and region. */
export interface InventoryPlace {
  /** The same from start to start, and different for each place. */
  readonly key: string;
  /** As people call it: `eu-west-1 as arn:aws:iam::…:role/…`. */
  readonly name: string;
  readonly api: BalancerApi;
}

export interface InventoryOptions {
  readonly places: readonly InventoryPlace[];
  readonly clock: Clock;
  /** Where what was read is kept from start to start. */
  readonly path: string;
  readonly refreshMs: number;
  /** Facts older than this are a problem; they stay in use. */
  readonly maxAgeMs: number;
}

/** A balancer's last logs come after it was deleted: it is remembered for so long. */
const rememberedMs = 24 * 3_600_000;
/** An unknown balancer may be a new one: the next reading comes so soon, no sooner. */
const soonestMs = 60_000;
/** The first alerts of the first start shall not be without their facts because AWS takes a second to answer. */
const firstReadingMs = 5_000;
const maxAskedFor = 10_000;
const maxFileBytes = 67_108_864;

const tags = z.record(z.string(), z.string());
const balancerShape = z.object({
  resource: z.string(),
  region: z.string(),
  account: z.string().optional(),
  scheme: z.string().optional(),
  vpcId: z.string().optional(),
  dnsName: z.string().optional(),
  zones: z.array(z.string()),
  targetGroups: z.array(z.object({ name: z.string(), tags })),
  tags,
});
const fileShape = z.object({
  version: z.literal(1),
  places: z.record(
    z.string(),
    z.object({ readMs: z.number(), balancers: z.array(z.object({ seenMs: z.number(), balancer: balancerShape })) }),
  ),
});
type Kept = z.infer<typeof fileShape>['places'];

interface PlaceState {
  readonly place: InventoryPlace;
  kept: Kept[string];
  trouble: string | undefined;
  failures: number;
  triedMs: number;
  wake: () => void;
}

/** Resolves with what the disk has, or after the first reading, or 5 s of it. Trouble is never a reason to reject. */
export async function openInventory(options: InventoryOptions): Promise<Inventory> {
  const { places, clock, path, refreshMs, maxAgeMs } = options;
  const closing = new AbortController();
  const onDisk = await readKept(path);
  let fileTrouble = typeof onDisk === 'string' ? onDisk : undefined;
  const states = places.map((place): PlaceState => {
    const kept = typeof onDisk === 'string' ? undefined : onDisk[place.key];
    return {
      place,
      kept: kept ?? { readMs: 0, balancers: [] },
      trouble: undefined,
      failures: 0,
      triedMs: 0,
      wake: () => undefined,
    };
  });
  let index = indexOf(states);
  let version = 0;
  const askedFor = new Set<string>();
  let writing = Promise.resolve();

  const write = async (): Promise<void> => {
    const kept = Object.fromEntries(states.map((state) => [state.place.key, state.kept]));
    try {
      makeFolder(dirname(path));
      await writeFile(`${path}.new`, JSON.stringify({ version: 1, places: kept }), { mode: 0o600 });
      await rename(`${path}.new`, path);
      fileTrouble = undefined;
    } catch (error) {
      fileTrouble = `${path} cannot be written: ${said(error)}; after a restart the balancers are asked for again`;
    }
  };

  const readPlace = async (state: PlaceState): Promise<void> => {
    state.triedMs = clock.now();
    try {
      const found = await state.place.api.read(closing.signal);
      const nowMs = clock.now();
      const names = new Set(found.map(keyOf));
      const gone = state.kept.balancers.filter(
        ({ seenMs, balancer }) => seenMs > nowMs - rememberedMs && !names.has(keyOf(balancer)),
      );
      const seen = found.map((balancer) => ({
        seenMs: nowMs,
        balancer: { ...balancer, zones: [...balancer.zones], targetGroups: [...balancer.targetGroups] },
      }));
      state.kept = { readMs: nowMs, balancers: [...seen, ...gone] };
      state.trouble = undefined;
      state.failures = 0;
      index = indexOf(states);
      version += 1;
      await (writing = writing.then(write));
    } catch (error) {
      if (closing.signal.aborted) return;
      state.failures += 1;
      state.trouble = said(error);
    }
  };

  const keepReading = async (state: PlaceState): Promise<void> => {
    while (!closing.signal.aborted) {
      const woken = new AbortController();
      state.wake = () => woken.abort();
      const { failures, kept, triedMs } = state;
      const pauseMs = Math.min(refreshMs, failures === 0 ? refreshMs : soonestMs * 2 ** (failures - 1));
      const dueMs = (failures === 0 ? kept.readMs : triedMs) + pauseMs;
      // A clock that was set back must not make this wait longer than a pause.
      const waitMs = Math.max(0, Math.min(dueMs - clock.now(), pauseMs));
      await clock.sleep(waitMs, AbortSignal.any([closing.signal, woken.signal]));
      await clock.sleep(Math.max(0, Math.min(triedMs + soonestMs - clock.now(), soonestMs)), closing.signal);
      if (!closing.signal.aborted) await readPlace(state);
    }
  };

  const first = Promise.all(states.filter(({ kept }) => kept.readMs === 0).map(readPlace));
  const firstDone = new AbortController();
  void first.then(() => firstDone.abort());
  await clock.sleep(firstReadingMs, firstDone.signal);
  const reading = first.then(() => Promise.all(states.map(keepReading)));

  return {
    find(resource, region, account) {
      const fitting = (index.get(resource) ?? []).filter(
        (one) => (region ?? one.region) === one.region && (account ?? one.account) === (one.account ?? account),
      );
      const [only] = fitting;
      if (only !== undefined) return fitting.length === 1 ? only : undefined;
      const key = `${account}/${region}/${resource}`;
      if (askedFor.size < maxAskedFor && !askedFor.has(key)) {
        askedFor.add(key);
        for (const { wake } of states) wake();
      }
      return undefined;
    },
    version: () => version,
    problems() {
      const nowMs = clock.now();
      const troubles = states.flatMap(({ place, kept, trouble }) => {
        const ageMs = nowMs - kept.readMs;
        const old = kept.readMs > 0 && ageMs > maxAgeMs ? `; what is known is ${sayDuration(ageMs)} old` : '';
        return trouble === undefined && old === '' ? [] : [`${place.name}: ${trouble ?? 'not read'}${old}`];
      });
      return fileTrouble === undefined ? troubles : [...troubles, fileTrouble];
    },
    async close() {
      closing.abort();
      await reading;
      await writing;
      for (const { place } of states) place.api.close();
    },
  };
}

/** What an earlier start wrote; a text says what is wrong with it. */
async function readKept(path: string): Promise<Kept | string> {
  try {
    const text = await readFile(path, 'utf8');
    const parsed = text.length > maxFileBytes ? undefined : fileShape.safeParse(JSON.parse(text));
    return parsed?.success === true ? parsed.data.places : `${path} is not what this release writes; it is replaced`;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    return `${path} cannot be read: ${said(error)}; it is replaced`;
  }
}

function indexOf(states: readonly PlaceState[]): ReadonlyMap<string, readonly Balancer[]> {
  const index = new Map<string, Balancer[]>();
  const known = new Set<string>();
  for (const { kept } of states) {
    for (const { balancer } of kept.balancers) {
      // Two roles may see the same account.
      if (known.has(keyOf(balancer))) continue;
      known.add(keyOf(balancer));
      index.set(balancer.resource, [...(index.get(balancer.resource) ?? []), balancer]);
    }
  }
  return index;
}

function keyOf({ account = '', region, resource }: Balancer): string {
  return `${account}/${region}/${resource}`;
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
