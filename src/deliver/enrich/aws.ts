import { z } from 'zod';
import type { FieldValue } from '../../alert/alert.ts';
import { durationMs } from '../../base/config-values.ts';
import { NetworkTable } from '../../base/network-table.ts';
import { watchFile } from '../../base/watched-file.ts';
import { addressFields } from './address-fields.ts';
import { defineEnricher } from './enricher.ts';

/** Whether an address is one of AWS's own: `aws.FIELD.service` (EC2, CLOUDFRONT, ROUTE53_HEALTHCHECKS …) and `aws.FIELD.region`. */
export const aws = defineEnricher({
  kind: 'aws',
  about: 'Tells which AWS service and region an address belongs to, from AWS’s ip-ranges.json.',
  config: z.strictObject({
    path: z.string().min(1).describe('A copy of https://ip-ranges.amazonaws.com/ip-ranges.json'),
    reload: durationMs.prefault('1m').describe('How often the file is looked at; 0s for never'),
  }),
  async open({ path, reload }, { clock, resolvePath }) {
    const file = await watchFile({
      path: resolvePath(path),
      maxBytes: 67_108_864,
      everyMs: reload,
      clock,
      read: readRanges,
    });
    return {
      name: 'aws',
      lookup({ fields }) {
        const ranges = file.value();
        if (ranges === undefined) return undefined;
        const facts: Record<string, FieldValue> = {};
        let found = false;
        for (const { name, address } of addressFields(fields)) {
          const owner = ranges.find(address);
          if (owner === undefined) continue;
          facts[`aws.${name}.service`] = owner.service;
          facts[`aws.${name}.region`] = owner.region;
          found = true;
        }
        return found ? facts : undefined;
      },
      problems: () => {
        const problem = file.problem();
        return problem === undefined ? [] : [problem];
      },
      close: () => file.close(),
    };
  },
});

interface Owner {
  readonly service: string;
  readonly region: string;
}

const owner = { service: z.string(), region: z.string() };
const rangesFile = z.object({
  prefixes: z.array(z.object({ ip_prefix: z.string(), ...owner })),
  ipv6_prefixes: z.array(z.object({ ipv6_prefix: z.string(), ...owner })).default([]),
});

function readRanges(text: string): NetworkTable<Owner> {
  const parsed = rangesFile.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error('it is not AWS’s ip-ranges.json: "prefixes" is missing or has another shape');
  const { prefixes, ipv6_prefixes } = parsed.data;
  const networks = [
    ...prefixes.map(({ ip_prefix, service, region }) => ({ network: ip_prefix, service, region })),
    ...ipv6_prefixes.map(({ ipv6_prefix, service, region }) => ({ network: ipv6_prefix, service, region })),
  ];
  const ranges = new NetworkTable<Owner>();
  // Every network of a service is there a second time as AMAZON's: the service, put in last, stays.
  const general = ({ service }: Owner): boolean => service === 'AMAZON';
  for (const { network, ...rest } of [...networks.filter(general), ...networks.filter((one) => !general(one))]) {
    ranges.add(network, rest);
  }
  return ranges;
}
