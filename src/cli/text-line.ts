import type { Fields, FieldValue } from '../alert/alert.ts';
import { bytesOfText, textOfBytes } from '../base/bytes.ts';
import { stringifyJson } from '../base/json.ts';
import { printable } from '../base/printable.ts';
import { RecentMap } from '../base/recent-map.ts';
import { addressFields } from '../deliver/enrich/address-fields.ts';
import { placesSuffix } from '../deliver/outputs/alert-line.ts';
import { placeOf } from '../deliver/outputs/place.ts';
import type { Match, OutputEnding } from '../detect/rules/engine.ts';
import type { GeoLookup } from '../geoip/geo-lookup.ts';
import type { Wording } from './printed-alerts.ts';

/** Whatever may not stand as it is, be it for UTF-8 or for a terminal: most lines have nothing of it. */
const other = /[^ -~]/;

/**
 * Writes matches down as `alertLine` would their alerts: most straight from the bytes of their lines, with what there is to say
 * of the client's address, which is remembered. A line with an alert took 8.5 to 10 µs, judging included, when it was made an
 * event of, and takes 2.6 to 2.9, on the same busy machine in the same hour. `geo` is absent where places are not wanted.
 */
export function textLine(geo: Pick<GeoLookup, 'find'> | undefined): Wording {
  const ending = geo && new Places(geo);
  return {
    ending,
    write(match, sheet) {
      const length = match.writeOutput(sheet);
      if (length > 0) {
        sheet.wrote(length, match.hour(), match.rule.name);
        return;
      }
      const bytes = match.output();
      const line = other.test(bytes) ? printable(textOfBytes(bytes)) : bytes;
      sheet.add(line + (ending?.of(match) ?? ''), match.hour(), match.rule.name);
    },
  };
}

/** Says where the addresses of alerts are. */
class Places implements OutputEnding {
  readonly name = 'places';
  readonly #geo: Pick<GeoLookup, 'find'>;
  /** By the keys of a rule, which are the same for all its matches. */
  readonly #deciding = new Map<readonly string[], readonly { readonly key: string; readonly index: number }[]>();
  readonly #said = new RecentMap<string, string>(4_096);

  constructor(geo: Pick<GeoLookup, 'find'>) {
    this.#geo = geo;
  }

  deciders(fieldKeys: readonly string[]): readonly string[] {
    return fieldKeys.filter(mayHaveAddress);
  }

  say(key: string, value: FieldValue): string {
    return bytesOfText(this.#say({ [key]: value }));
  }

  /** For alerts that are not written straight from their lines. */
  of(match: Match): string {
    const { fieldKeys } = match;
    let deciding = this.#deciding.get(fieldKeys);
    if (deciding === undefined) {
      deciding = this.deciders(fieldKeys).map((key) => ({ key, index: fieldKeys.indexOf(key) }));
      this.#deciding.set(fieldKeys, deciding);
    }
    const fields = Object.fromEntries(deciding.map(({ key, index }) => [key, match.field(index)]));
    return this.#said.get(stringifyJson(fields), () => this.#say(fields));
  }

  #say(fields: Fields): string {
    return placesSuffix(addressFields(fields).map(({ address }) => placeOf(this.#geo.find(address) ?? {})));
  }
}

function mayHaveAddress(key: string): boolean {
  return addressFields({ [key]: '192.0.2.1' }).length > 0;
}
