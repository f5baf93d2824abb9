import { textOfBytes } from '../base/bytes.ts';
import { stringifyJson } from '../base/json.ts';
import { printable } from '../base/printable.ts';
import { RecentMap } from '../base/recent-map.ts';
import { addressFields } from '../deliver/enrich/address-fields.ts';
import { placesSuffix } from '../deliver/outputs/alert-line.ts';
import { placeOf } from '../deliver/outputs/place.ts';
import type { Match } from '../detect/rules/engine.ts';
import type { GeoLookup } from '../geoip/geo-lookup.ts';
import type { PrintSheet } from './print-sheet.ts';

/** Whatever may not stand as it is, be it for UTF-8 or for a terminal: most lines have nothing of it. */
const other = /[^ -~]/;

/**
 * Writes matches down as `alertLine` would their alerts, at a tenth of the cost: most are written straight from the bytes of
 * their lines, of an alert's fields only those are read that hold addresses, and what there is to say of an address is
 * remembered. `geo` is absent where places are not wanted.
 */
export function textLine(geo: Pick<GeoLookup, 'find'> | undefined): (match: Match, sheet: PrintSheet) => void {
  const ofKeys = new Map<readonly string[], AddressPlaces>();
  const placesOf = (match: Match): Buffer => {
    if (geo === undefined) return nowhere;
    let places = ofKeys.get(match.fieldKeys);
    if (places === undefined) {
      places = new AddressPlaces(match.fieldKeys, geo);
      ofKeys.set(match.fieldKeys, places);
    }
    return places.suffix(match);
  };
  return (match, sheet) => {
    const length = match.writeOutput(sheet) || writeLine(match.output(), sheet);
    const places = placesOf(match);
    sheet.wrote(length + sheet.append(places, length), match.time(), match.rule.name);
  };
}

const nowhere = Buffer.alloc(0);

function writeLine(bytes: string, sheet: PrintSheet): number {
  const line = other.test(bytes) ? printable(textOfBytes(bytes)) : bytes;
  const at = sheet.space(line.length * 3);
  return sheet.bytes.write(line, at);
}

/** Says where the addresses are that one rule's alerts have. */
class AddressPlaces {
  readonly #geo: Pick<GeoLookup, 'find'>;
  readonly #fields: readonly { readonly index: number; readonly key: string }[];
  readonly #said = new RecentMap<string, Buffer>(4_096);

  constructor(keys: readonly string[], geo: Pick<GeoLookup, 'find'>) {
    this.#geo = geo;
    this.#fields = keys.map((key, index) => ({ index, key })).filter(({ key }) => mayHaveAddress(key));
  }

  suffix(match: Match): Buffer {
    let values: string | undefined;
    for (const { index } of this.#fields) {
      const value = match.field(index);
      const text = typeof value === 'string' ? value : stringifyJson(value);
      values = values === undefined ? text : `${values}\0${text}`;
    }
    if (values === undefined) return nowhere;
    const said = this.#said.recall(values);
    if (said !== undefined) return said;
    const saying = Buffer.from(this.#say(match));
    this.#said.set(values, saying);
    return saying;
  }

  #say(match: Match): string {
    const fields = Object.fromEntries(this.#fields.map(({ key, index }) => [key, match.field(index)]));
    return placesSuffix(addressFields(fields).map(({ address }) => placeOf(this.#geo.find(address) ?? {})));
  }
}

function mayHaveAddress(key: string): boolean {
  return addressFields({ [key]: '192.0.2.1' }).length > 0;
}
