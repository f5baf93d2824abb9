import { z } from 'zod';
import { done } from '../../base/outcome.ts';
import { alertJsonLine, alertLine } from './alert-line.ts';
import { defineOutput } from './output.ts';

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
