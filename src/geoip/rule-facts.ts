import { bytesOfText } from '../base/bytes.ts';
import type { GeoLookup } from './geo-lookup.ts';

/** A GeoIP answer at rule time; texts are byte strings, as everything that rules compare. */
export interface RuleFacts {
  readonly country?: string;
  readonly city?: string;
  readonly asn?: number;
  readonly asOrg?: string;
}

/** The lookup as the detector's line origins want it. */
export function ruleFacts(lookup: Pick<GeoLookup, 'find'>): (address: string) => RuleFacts | undefined {
  return (address) => {
    const record = lookup.find(address);
    if (record === undefined) return undefined;
    const { country, city, asn, asOrg } = record;
    return {
      ...(country === undefined ? {} : { country }),
      ...(city === undefined ? {} : { city: bytesOfText(city) }),
      ...(asn === undefined ? {} : { asn }),
      ...(asOrg === undefined ? {} : { asOrg: bytesOfText(asOrg) }),
    };
  };
}
