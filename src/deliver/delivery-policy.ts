import { z } from 'zod';
import { durationMs, positiveDurationMs } from '../base/config-values.ts';
import { present } from '../base/present.ts';

/** How hard one output is tried. */
export interface DeliveryPolicy {
  /** One `send` may take so long; then it is aborted and counts as a retry. */
  readonly timeoutMs: number;
  /** So many `send`s at once. Alerts may overtake each other when it is more than 1. */
  readonly concurrency: number;
  /** The n-th wait is drawn from 0 … min(backoffMaxMs, backoffMs · 2ⁿ): "full jitter". */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /**
   * An alert becomes a dead letter once it was tried `maxTries` times and `giveUpAfterMs` have passed since the first: the
   * first alone would empty the backlog into the dead letters during an outage, the second alone would let one alert that
   * makes the receiver fail stop the output.
   */
  readonly maxTries: number;
  readonly giveUpAfterMs: number;
  /** Whether an output that is new to the store begins with the oldest alert there; otherwise with the first that comes after it. */
  readonly backlog: boolean;
}

export const defaultPolicy: DeliveryPolicy = {
  timeoutMs: 30_000,
  concurrency: 1,
  backoffMs: 500,
  backoffMaxMs: 60_000,
  maxTries: 10,
  giveUpAfterMs: 3_600_000,
  backlog: false,
};

/** `delivery:` beside the keys of every kind of output. A wait of nothing would be a busy loop, a timeout of nothing never a delivery. */
export const deliveryConfig = z
  .strictObject({
    timeout: positiveDurationMs.optional().describe('How long one call to the output may take; default 30s'),
    concurrency: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('Calls at once; alerts may overtake each other when it is more than 1, the default'),
    backoff: positiveDurationMs
      .optional()
      .describe('The longest first wait after a failure, doubled with each further one; default 500ms'),
    backoff_max: positiveDurationMs.optional().describe('The longest of these waits; default 60s'),
    max_tries: z
      .int()
      .min(1)
      .optional()
      .describe('An alert tried so often becomes a dead letter, once give_up_after has passed too; default 10'),
    backlog: z
      .boolean()
      .optional()
      .describe('An output that is added later also gets the alerts that the store has already; default false'),
    give_up_after: durationMs.optional().describe('No alert is given up sooner after its first try; default 1h'),
  })
  .transform(({ timeout, concurrency, backoff, backoff_max, max_tries, give_up_after, backlog }) =>
    present({
      timeoutMs: timeout,
      concurrency,
      backoffMs: backoff,
      backoffMaxMs: backoff_max,
      maxTries: max_tries,
      giveUpAfterMs: give_up_after,
      backlog,
    }),
  );
