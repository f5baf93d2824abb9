import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Reader, type Response } from 'maxmind';
import { RecentMap } from '../base/recent-map.ts';
import { type GeoRecord, geoRecord } from './geo-record.ts';
import { parseIpv4 } from '../base/ip-address.ts';
import { ipv4Tree } from './ipv4-tree.ts';

/** One .mmdb file, read into memory. */
export interface GeoDatabase {
  readonly path: string;
  /** `metadata.database_type`: `GeoLite2-City`, `DBIP-Country-Lite` … */
  readonly type: string;
  /** When its publisher built it, milliseconds since the Unix epoch. */
  readonly builtMs: number;
  /** Tells a file from its replacement: size, modification time and inode. */
  readonly version: string;
  /** `address` is a valid address without zone, IPv4-mapped ones unmapped. Never throws; a damaged record is none. */
  find(address: string): GeoRecord | undefined;
}

/** The version that stands on the disk now; undefined when there is no readable file. */
export async function databaseVersion(path: string): Promise<string | undefined> {
  try {
    const { stat } = await import('node:fs/promises');
    const { size, mtimeMs, ino } = await stat(path);
    return `${size}-${mtimeMs}-${ino}`;
  } catch {
    return undefined;
  }
}

/** Reads a database; rejects with an error that names the file and says what to do. */
export async function openDatabase(path: string): Promise<GeoDatabase> {
  // The version first: a file replaced while it is read then counts as changed.
  const version = await databaseVersion(path);
  // Not loaded by threads that are handed the bytes of theirs: 2 ms.
  const { readFile } = await import('node:fs/promises');
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  return databaseOf(path, version ?? '', bytes);
}

/**
 * The bytes of one, at once: the threads that read for promises take as long to begin as a few megabytes to read, and at a start
 * nothing else waits. Shared memory for threads, of which each took 11 ms to read the embedded one, and because V8 takes other
 * memory for a part of its heap, and with 8 MB more of it collects the whole heap during each start.
 */
export function readDatabase(path: string): SharedArrayBuffer {
  try {
    const fd = openSync(path, 'r');
    try {
      const bytes = Buffer.from(new SharedArrayBuffer(fstatSync(fd).size));
      for (let at = 0, read = -1; at < bytes.length && read !== 0; at += read)
        read = readSync(fd, bytes, at, bytes.length - at, null);
      return bytes.buffer;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): Error {
  return new Error(`GeoIP database ${path} cannot be read (${codeOf(error)}): check the path and its permissions`);
}

/** The database that stands in these bytes. Throws an error that names the file and says what to do. */
export function databaseOf(path: string, version: string, bytes: Buffer): GeoDatabase {
  const reader = open();
  const { databaseType: type, buildEpoch, ipVersion } = reader.metadata;
  // The reader answers with the same object for addresses of one network, or of one country where it knows no more.
  const records = new WeakMap<object, GeoRecord | undefined>();
  const tree = ipv4Tree(bytes, reader.metadata);
  // By where they lie: most addresses are of few networks, most networks of few countries.
  const found = new RecentMap<number, GeoRecord | undefined>(2_048);
  const read = (address: string): GeoRecord | undefined => {
    try {
      const raw: object | null = reader.get(address);
      if (raw === null) return undefined;
      if (!records.has(raw)) records.set(raw, recordOf(raw));
      return records.get(raw);
    } catch {
      return undefined;
    }
  };
  return {
    path,
    type,
    builtMs: buildEpoch.getTime(),
    version,
    find(address) {
      const number = parseIpv4(address);
      if (number !== undefined) {
        const at = tree(number);
        return at === undefined ? undefined : found.get(at, () => read(address));
      }
      // An IPv4 tree walked with an IPv6 address answers with some other network's place.
      return ipVersion === 4 ? undefined : read(address);
    },
  };

  function open(): Reader<Response> {
    try {
      // By offset in the file: most addresses are of few networks, most networks of few countries.
      const decoded = new RecentMap<string | number, unknown>(2_048);
      const cache = {
        get: (at: string | number) => decoded.recall(at),
        set: (at: string | number, value: unknown) => decoded.set(at, value),
      };
      const reader = new Reader<Response>(bytes, { cache });
      reader.get('192.0.2.1');
      return reader;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`GeoIP database ${path} is not a complete .mmdb file (${why}): download it again`, {
        cause: error,
      });
    }
  }
}

/** Undefined for a record that tells nothing of what we ask. */
function recordOf(raw: unknown): GeoRecord | undefined {
  const record = geoRecord(raw);
  return Object.keys(record).length === 0 ? undefined : record;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
