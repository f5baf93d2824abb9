import { bytesOfText } from '../base/bytes.ts';
import type { GeoLookup } from './geo-lookup.ts';
import type { GeoRecord } from './geo-record.ts';

/** A GeoIP answer at rule time; texts are byte strings, as everything that rules compare. */
export interface RuleFacts {
  readonly country?: string;
  readonly city?: string;
  readonly asn?: number;
  readonly asOrg?: string;
}

/** The lookup as the detector's line origins want it. */
export function ruleFacts(lookup: Pick<GeoLookup, 'find'>): (address: string) => RuleFacts | undefined {
  // The lookup answers with the same record for many addresses.
  const known = new WeakMap<GeoRecord, RuleFacts>();
  return (address) => {
    const record = lookup.find(address);
    if (record === undefined) return undefined;
    let facts = known.get(record);
    if (facts === undefined) {
      facts = factsOf(record);
      known.set(record, facts);
    }
    return facts;
  };
}

function factsOf({ country, city, asn, asOrg }: GeoRecord): RuleFacts {
  return {
    ...(country === undefined ? {} : { country }),
    ...(city === undefined ? {} : { city: bytesOfText(city) }),
    ...(asn === undefined ? {} : { asn }),
    ...(asOrg === undefined ? {} : { asOrg: bytesOfText(asOrg) }),
  };
}
