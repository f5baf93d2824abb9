import { z } from 'zod';
import type { FieldValue } from '../../alert/alert.ts';
import { durationMs } from '../../base/config-values.ts';
import { NetworkTable } from '../../base/network-table.ts';
import { watchFile } from '../../base/watched-file.ts';
import { addressFields } from './address-fields.ts';
import { defineEnricher } from './enricher.ts';

/** Which lists of bad networks an address is on: `threat.FIELD.lists`, and `threat.lists` for all addresses together. */
export const threat = defineEnricher({
  kind: 'threat',
  about: 'Names the lists of networks (text files, one CIDR or address a line) that an address is on.',
  config: z.strictObject({
    lists: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(100).describe('What alerts call it: tor-exits'),
          path: z.string().min(1).describe('The file: a network a line; what follows a blank, ";" or "#" is not read'),
        }),
      )
      .min(1),
    reload: durationMs.prefault('1m').describe('How often the files are looked at; 0s for never'),
  }),
  async open({ lists, reload }, { clock, resolvePath }) {
    const open = await Promise.all(
      lists.map(async ({ name, path }) => {
        const file = await watchFile({
          path: resolvePath(path),
          maxBytes: 67_108_864,
          everyMs: reload,
          clock,
          read: readNetworks,
        });
        return { name, file };
      }),
    );
    return {
      name: 'threat',
      lookup({ fields }) {
        const facts: Record<string, FieldValue> = {};
        const all = new Set<string>();
        for (const { name, address } of addressFields(fields)) {
          const on = open.filter(({ file }) => file.value()?.networks.find(address)).map((list) => list.name);
          if (on.length === 0) continue;
          facts[`threat.${name}.lists`] = on;
          for (const list of on) all.add(list);
        }
        if (all.size === 0) return undefined;
        facts['threat.lists'] = [...all];
        return facts;
      },
      problems: () => open.flatMap(({ file }) => file.problem() ?? file.value()?.problem ?? []),
      close: async () => {
        await Promise.all(open.map(({ file }) => file.close()));
      },
    };
  },
});

interface NetworkList {
  readonly networks: NetworkTable<true>;
  /** Lines that are no networks cost only themselves. */
  readonly problem?: string;
}

function readNetworks(text: string): NetworkList {
  const networks = new NetworkTable<true>();
  let firstBad: string | undefined;
  let bad = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const [network = ''] = line.trim().split(/[\s;#,]/, 1);
    if (network === '') continue;
    try {
      networks.add(network, true);
    } catch (error) {
      bad++;
      firstBad ??= `line ${index + 1}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  if (firstBad === undefined) return { networks };
  if (networks.size === 0) throw new Error(`none of its lines is a network; ${firstBad}`);
  return {
    networks,
    problem: `${bad} lines of a threat list are not networks and were left out; the first is ${firstBad}`,
  };
}
