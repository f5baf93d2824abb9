import type { Clock } from '../base/clock.ts';
import { present } from '../base/present.ts';
import { RecentMap } from '../base/recent-map.ts';
import { databaseOf, databaseVersion, type GeoDatabase, openDatabase, readDatabase } from './geo-database.ts';
import type { GeoRecord } from './geo-record.ts';
import { canonicalAddress } from './scope.ts';

/** The GeoIP databases as one. Shared by the rules (left half) and the GeoIP enricher (right half). */
export interface GeoLookup {
  /** What the databases tell about an address, the first that knows a thing wins; undefined when none knows anything. Never throws. */
  find(address: string): GeoRecord | undefined;
  /** The open databases, in the order in which they are asked. */
  databases(): readonly Pick<GeoDatabase, 'path' | 'type' | 'builtMs'>[];
  /** What is wrong now: a file missing, damaged, or built too long ago. Empty when all is well. */
  problems(): readonly string[];
  /** How many addresses were asked for since the start, and how many of those no database knew. */
  counts(): { readonly asked: number; readonly missed: number };
  /** Opens the files that are new or changed; until one is open, its predecessor answers. Never rejects. */
  reload(): Promise<void>;
  /** Ends watching. */
  close(): Promise<void>;
}

export interface GeoOptions {
  /** Paths of .mmdb files, the most trusted first. */
  readonly databases: readonly string[];
  /** The database asked last, when none of `databases` tells countries; absent for none. Without `bytes` it is read then. */
  readonly embedded?: { readonly path: string; readonly bytes?: SharedArrayBuffer };
  /** How often the files are looked at for changes; 0 for never. */
  readonly reloadMs: number;
  /** A database built longer ago is a problem; the embedded one is not judged. */
  readonly maxAgeMs: number;
  readonly clock: Clock;
}

const dayMs = 86_400_000;

/** Opens what can be opened; what cannot is a problem that `reload` tries again, never a reason not to start. */
export async function openGeoLookup(options: GeoOptions): Promise<GeoLookup> {
  const { databases: paths, embedded, reloadMs, maxAgeMs, clock } = options;
  const files = new Map<string, { open?: GeoDatabase; failed?: string }>(paths.map((path) => [path, {}]));
  let fallback: GeoDatabase | undefined;
  let asked: readonly GeoDatabase[] = [];
  let answers = newAnswers();
  let askedCount = 0;
  let missedCount = 0;
  const closed = new AbortController();

  const reload = async (): Promise<void> => {
    for (const [path, file] of files) {
      const version = await databaseVersion(path);
      if (file.open !== undefined && file.open.version === version) {
        delete file.failed;
        continue;
      }
      try {
        files.set(path, { open: await openDatabase(path) });
      } catch (error) {
        file.failed = error instanceof Error ? error.message : String(error);
      }
    }
    const open = [...files.values()].flatMap((file) => file.open ?? []);
    if (embedded !== undefined && !open.some(tellsPlaces))
      fallback ??= databaseOf(embedded.path, '', Buffer.from(embedded.bytes ?? readDatabase(embedded.path)));
    const next = fallback === undefined || open.some(tellsPlaces) ? open : [...open, fallback];
    if (next.length === asked.length && next.every((database, at) => database === asked[at])) return;
    asked = next;
    answers = newAnswers();
  };

  const watch = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      await clock.sleep(reloadMs, closed.signal);
      if (!closed.signal.aborted) await reload();
    }
  };

  const find = (address: string): GeoRecord | undefined => merged(asked, address);
  await reload();
  const watching = reloadMs > 0 ? watch() : Promise.resolve();
  return {
    find(address) {
      askedCount++;
      // One database finds an IPv4 address in less time than remembering its text takes.
      const isQuick = asked.length === 1 && !address.includes(':');
      const answer = isQuick ? find(address) : answers.get(address, find);
      if (answer === undefined) missedCount++;
      return answer;
    },
    databases: () => asked,
    problems() {
      const oldestMs = clock.now() - maxAgeMs;
      return [...files.values()].flatMap(({ open, failed }) => {
        if (failed !== undefined) {
          return [open === undefined ? failed : `${failed}; the one built ${dayOf(open.builtMs)} stays in use`];
        }
        if (open === undefined || open.builtMs >= oldestMs) return [];
        const age = Math.floor((clock.now() - open.builtMs) / dayMs);
        return [
          `GeoIP database ${open.path} was built ${dayOf(open.builtMs)}, ${age} days ago: replace it with a newer one`,
        ];
      });
    },
    counts: () => ({ asked: askedCount, missed: missedCount }),
    reload,
    async close() {
      closed.abort();
      await watching;
    },
  };
}

/** Every database is taken to tell countries whose type does not name something else. */
function tellsPlaces({ type }: GeoDatabase): boolean {
  return !/asn|isp|domain|connection|anonymous/i.test(type);
}

function merged(databases: readonly GeoDatabase[], address: string): GeoRecord | undefined {
  const canonical = canonicalAddress(address);
  if (canonical === undefined) return undefined;
  const [only] = databases;
  if (databases.length === 1) return only?.find(canonical);
  const records = databases.flatMap((database) => database.find(canonical) ?? []);
  const record: GeoRecord = Object.assign({}, ...records.reverse().map(present));
  return Object.keys(record).length === 0 ? undefined : record;
}

function newAnswers(): RecentMap<string, GeoRecord | undefined> {
  return new RecentMap(8_192);
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
