import type { Alert } from '../../src/alert/alert.ts';
import { done, type Outcome } from '../../src/base/outcome.ts';
import type { Output } from '../../src/deliver/outputs/output.ts';

/** An output that keeps what it is sent, and answers as the test says. */
export interface RecordingOutput extends Output {
  /** Every batch that was offered, in order. */
  readonly offered: (readonly Alert[])[];
  /** The alerts that were taken, in order. */
  readonly taken: Alert[];
  /** Asked for each batch; by default everything is taken. */
  answer: (alerts: readonly Alert[], signal: AbortSignal) => Promise<readonly Outcome[]> | readonly Outcome[];
}

export function recordingOutput(): RecordingOutput {
  const output: RecordingOutput = {
    offered: [],
    taken: [],
    answer: (alerts) => alerts.map(() => done),
    async send(alerts, signal) {
      output.offered.push(alerts);
      const outcomes = await output.answer(alerts, signal);
      for (const [index, alert] of alerts.entries()) if (outcomes[index]?.kind === 'done') output.taken.push(alert);
      return outcomes;
    },
    probe: async () => undefined,
  };
  return output;
}
