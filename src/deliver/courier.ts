import type { Alert } from '../alert/alert.ts';
import type { Clock } from '../base/clock.ts';
import { type DeliveryPolicy, defaultPolicy } from './delivery-policy.ts';
import { Lane, type LaneState } from './lane.ts';
import type { BatchLimits, Output } from './outputs/output.ts';
import type { Router } from './routing/router.ts';
import type { AlertStore } from './store/alert-store.ts';

/** An output as configured and opened. */
export interface CourierOutput {
  /** The name that routes use; the reader's name in the store. */
  readonly name: string;
  readonly output: Output;
  readonly limits: BatchLimits;
  readonly policy?: Partial<DeliveryPolicy>;
}

/** Told as it happens, for metrics and logs. Must not throw. Counts are alerts. */
export interface CourierObserver {
  sent?(output: string, count: number, durationMs: number): void;
  retried?(output: string, count: number, cause: Error, waitMs: number): void;
  /** `reason` has the cause; the alert is a dead letter now. */
  buried?(output: string, alert: Alert, reason: string): void;
  /** Counted in a window; a summary will tell. */
  held?(output: string, count: number): void;
  muted?(output: string, count: number, reason: string): void;
  /** The store did not take the progress of an output; it is tried again, and alerts may go out twice after a crash. */
  storeFailed?(output: string, cause: Error): void;
}

export interface CourierOptions {
  readonly store: AlertStore;
  readonly router: Router;
  readonly outputs: readonly CourierOutput[];
  readonly clock: Clock;
  readonly observer?: CourierObserver;
  /** 0 ≤ x < 1; `Math.random`, or what a test needs. */
  readonly random?: () => number;
}

/** Carries every stored alert to the outputs that the router names. */
export interface Courier {
  start(): void;
  /**
   * Delivers what was stored before the call, without waiting for batches to fill and without trying again what fails, then
   * ends. After `deadlineMs` sends that are still under way are aborted. What was not delivered is so after the next start.
   */
  stop(deadlineMs: number): Promise<void>;
  /** Routes by another tree from the next alert on. */
  reroute(router: Router): void;
  states(): readonly LaneState[];
}

/** One lane for each output: a slow one never holds the others. The outputs stay the caller's to close. */
export function createCourier({
  store,
  router,
  outputs,
  clock,
  observer = {},
  random = Math.random,
}: CourierOptions): Courier {
  const lanes = outputs.map(
    (output) =>
      new Lane({
        name: output.name,
        output: output.output,
        limits: output.limits,
        policy: policyOf(output),
        store,
        clock,
        observer,
        random,
        router,
      }),
  );
  let running: Promise<void>[] = [];
  return {
    start() {
      running = lanes.map((lane) => lane.run());
    },
    async stop(deadlineMs) {
      const done = new AbortController();
      const upTo = store.stats().lastPosition;
      for (const lane of lanes) lane.drain(upTo);
      const deadline = clock.sleep(deadlineMs, done.signal).then(() => {
        for (const lane of lanes) lane.abort();
      });
      await Promise.all(running);
      done.abort();
      await deadline;
    },
    reroute(next) {
      for (const lane of lanes) lane.reroute(next);
    },
    states: () => lanes.map((lane) => lane.state()),
  };
}

function policyOf({ policy, limits }: CourierOutput): DeliveryPolicy {
  const asked = { ...defaultPolicy, ...policy };
  // One batch at a time is planned, and only it can be made again.
  return limits.sameOnRetry === true ? { ...asked, concurrency: 1 } : asked;
}
