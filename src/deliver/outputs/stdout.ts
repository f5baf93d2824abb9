import { z } from 'zod';
import { encodeAlert } from '../../alert/falco-json.ts';
import { done } from '../../base/outcome.ts';
import { printable, printableJson } from '../../base/printable.ts';
import type { Alert } from '../../alert/alert.ts';
import { defineOutput } from './output.ts';
import { placesOf, sayPlace } from './place.ts';

export const stdout = defineOutput({
  kind: 'stdout',
  about: 'Prints alerts: Falco’s output line with where its addresses are, or Falco’s JSON with our enrichment.',
  config: z.strictObject({
    format: z.enum(['text', 'jsonl']).default('text').describe('`text` for people, `jsonl` for programs'),
  }),
  batch: () => ({ maxAlerts: 500, maxBytes: 1_048_576, maxWaitMs: 0 }),
  async open({ format }, { write }) {
    const line = format === 'jsonl' ? alertJsonLine : alertLine;
    return {
      async send(alerts) {
        await write(alerts.map((alert) => `${line(alert)}\n`).join(''));
        return alerts.map(() => done);
      },
      // A closed standard output shows at the first write; there is nothing to ask before.
      probe: async () => undefined,
    };
  },
});

/** Falco's output line, then where the alert's addresses are: `… (client=81.2.69.142) [GB London · AS20712]`. One line, safe for a terminal. */
export function alertLine(alert: Alert): string {
  const places = [...new Set(placesOf(alert).map(sayPlace))].filter((place) => place !== '');
  return printable([alert.output, ...places.map((place) => `[${place}]`)].join(' '));
}

/** Falco's JSON with our enrichment on one line, safe for a terminal. */
export function alertJsonLine(alert: Alert): string {
  return printableJson(encodeAlert(alert));
}
