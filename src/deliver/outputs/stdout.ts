import { z } from 'zod';
import { encodeAlert } from '../../alert/falco-json.ts';
import { done } from '../../base/outcome.ts';
import { printable } from '../../base/printable.ts';
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
    const line = format === 'jsonl' ? jsonLine : alertLine;
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

/** JSON may hold C1 controls and direction marks as they are; escaped they mean the same and a terminal shows them harmlessly. */
function jsonLine(alert: Alert): string {
  return encodeAlert(alert).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
