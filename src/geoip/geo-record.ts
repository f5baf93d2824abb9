/** What the databases tell about an address. Absent means that no database says. */
export interface GeoRecord {
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country?: string;
  /** In English. Where the database has none it is looked up when it is read. */
  readonly countryName?: string | undefined;
  readonly city?: string;
  /** The first subdivision: state, province, county. */
  readonly region?: string;
  /** Degrees, north and east positive. */
  readonly latitude?: number;
  readonly longitude?: number;
  readonly asn?: number;
  readonly asOrg?: string;
}

/**
 * Reads a database's record, whichever of two schemas it has: MaxMind's nested one (GeoIP2, GeoLite2, DB-IP's own
 * downloads) or the flat one of the ip-location-db packages and IPinfo. Values of an unexpected type are absent.
 */
export function geoRecord(raw: unknown): GeoRecord {
  const country = text(at(raw, 'country', 'iso_code')) ?? text(at(raw, 'country_code'));
  const countryName = englishName(at(raw, 'country', 'names')) ?? text(at(raw, 'country_name'));
  const city = englishName(at(raw, 'city', 'names')) ?? text(at(raw, 'city'));
  const region =
    englishName(at(raw, 'subdivisions', '0', 'names')) ?? text(at(raw, 'state1')) ?? text(at(raw, 'region'));
  const latitude = degrees(at(raw, 'location', 'latitude') ?? at(raw, 'latitude'));
  const longitude = degrees(at(raw, 'location', 'longitude') ?? at(raw, 'longitude'));
  const asn = asNumber(
    at(raw, 'autonomous_system_number') ?? at(raw, 'traits', 'autonomous_system_number') ?? at(raw, 'asn'),
  );
  const asOrg =
    text(at(raw, 'autonomous_system_organization')) ??
    text(at(raw, 'traits', 'autonomous_system_organization')) ??
    text(at(raw, 'as_name'));
  const record: GeoRecord = {
    ...(country === undefined ? {} : { country: country.toUpperCase() }),
    ...(countryName === undefined ? {} : { countryName }),
    ...(city === undefined ? {} : { city }),
    ...(region === undefined ? {} : { region }),
    ...(latitude === undefined || longitude === undefined ? {} : { latitude, longitude }),
    ...(asn === undefined ? {} : { asn }),
    ...(asOrg === undefined ? {} : { asOrg }),
  };
  return countryName === undefined ? namedByCode(record) : record;
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let inside = value;
  for (const key of path) {
    if (typeof inside !== 'object' || inside === null || !Object.hasOwn(inside, key)) return undefined;
    inside = (inside as Readonly<Record<string, unknown>>)[key];
  }
  return inside;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function englishName(names: unknown): string | undefined {
  return text(at(names, 'en'));
}

function degrees(value: unknown): number | undefined {
  return typeof value === 'number' && Math.abs(value) <= 180 ? value : undefined;
}

function asNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value.replace(/^AS/, '')) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

/** The flat country databases have codes only. Rules and lines of text ask for no names, and the first takes 16 ms. */
function namedByCode(record: GeoRecord): GeoRecord {
  const { country } = record;
  if (country === undefined || !/^[A-Z]{2}$/.test(country)) return record;
  return Object.defineProperty(record, 'countryName', { enumerable: true, get: () => nameOfCountry(country) });
}

let intlNames: Intl.DisplayNames | undefined;
const countryNames = new Map<string, string | undefined>();

function nameOfCountry(code: string): string | undefined {
  if (!countryNames.has(code)) {
    intlNames ??= new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
    countryNames.set(code, intlNames.of(code));
  }
  return countryNames.get(code);
}
