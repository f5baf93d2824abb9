import type { Alert, FieldValue } from '../../alert/alert.ts';
import { present } from '../../base/present.ts';
import { RecentMap } from '../../base/recent-map.ts';

/** Where an address of the alert is, as the GeoIP enricher found it. */
export interface Place {
  /** The field that has the address: `awselb.client_ip`. */
  readonly field: string;
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
  readonly city?: string;
  readonly asn?: string;
  readonly organisation?: string;
}

/** The places in an alert's enrichment, in the order in which the enricher wrote them. */
export function placesOf({ enrichment = {} }: Alert): readonly Place[] {
  const places = new Map<string, Record<string, string>>();
  for (const key in enrichment) {
    if (!key.startsWith('geoip.')) continue;
    const { field, fact } = parts.get(key, partsOf);
    if (!shown.has(fact)) continue;
    const text = shortText(enrichment[key]);
    if (text === undefined) continue;
    const place = places.get(field) ?? {};
    place[fact] = text;
    places.set(field, place);
  }
  return [...places].map(([field, { country, city, asn, as_org: organisation }]) => ({
    field,
    ...(country === undefined ? {} : { country }),
    ...(city === undefined ? {} : { city }),
    ...(asn === undefined ? {} : { asn }),
    ...(organisation === undefined ? {} : { organisation }),
  }));
}

/** The same from what a database tells of an address. */
export function placeOf({ country, city, asn, asOrg }: PlaceFacts): Omit<Place, 'field'> {
  return present({
    country: shortText(country),
    city: shortText(city),
    asn: shortText(asn),
    organisation: shortText(asOrg),
  });
}

/** Of a GeoIP record. */
interface PlaceFacts {
  readonly country?: string;
  readonly city?: string;
  readonly asn?: number;
  readonly asOrg?: string;
}

const shown: ReadonlySet<string> = new Set(['country', 'city', 'asn', 'as_org']);

/** The keys of an enrichment are few and the same in every alert. */
const parts = new RecentMap<string, { readonly field: string; readonly fact: string }>(1_024);

function partsOf(key: string): { readonly field: string; readonly fact: string } {
  const [, field = '', fact = ''] = /^geoip\.(.+)\.(\w+)$/.exec(key) ?? [];
  return { field, fact };
}

/** `GB London · AS20712 Andrews & Arnold`; empty when nothing is known. */
export function sayPlace({ country, city, asn, organisation }: Omit<Place, 'field'>): string {
  const where = [country, city].filter((part) => part !== undefined).join(' ');
  const network = [asn === undefined ? undefined : `AS${asn}`, organisation]
    .filter((part) => part !== undefined)
    .join(' ');
  return [where, network].filter((part) => part !== '').join(' · ');
}

function shortText(value: FieldValue | undefined): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return typeof value === 'string' && value !== '' ? value.slice(0, 100) : undefined;
}
