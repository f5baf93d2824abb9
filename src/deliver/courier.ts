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

/** What became of alerts for one output, all of them the same. `grouped`: counted in a window, a summary will tell. */
export interface AlertFate {
  readonly output: string;
  readonly state: 'delivered' | 'dead' | 'muted' | 'grouped';
  /** Their places in the store. */
  readonly positions: readonly number[];
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly tries?: number;
  readonly reason?: string;
}

/** Told as it happens, for metrics and logs. Must not throw. Counts are alerts. */
export interface CourierObserver {
  sent?(output: string, count: number, durationMs: number): void;
  retried?(output: string, count: number, cause: Error, waitMs: number): void;
  /** `reason` has the cause; the alert is a dead letter now. */
  buried?(output: string, alert: Alert, reason: string): void;
  /** Where each alert went; told once more for what goes out twice. */
  became?(fate: AlertFate): void;
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
  /**
   * Goes over to these outputs and this router. One that is the same (`output`, by identity) goes on undisturbed, by the new router from
   * the next alert on. Of the others the lane ends as in `stop`, and one of the same name goes on where it ended: no alert is
   * left out or sent twice for it. Resolves when those have ended; only then may their outputs be closed. One change at a time.
   */
  change(
    next: { readonly outputs: readonly CourierOutput[]; readonly router: Router },
    deadlineMs: number,
  ): Promise<void>;
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
  const open = (one: CourierOutput, by: Router): RunningLane => {
    const { name, output, limits } = one;
    const lane = new Lane({ name, output, limits, policy: policyOf(one), store, clock, observer, random, router: by });
    return { name, output, lane, ended: Promise.resolve() };
  };
  let lanes = outputs.map((output) => open(output, router));
  const end = async (
    ending: readonly RunningLane[],
    deadlineMs: number,
    isReplaced: (one: RunningLane) => boolean = () => false,
  ): Promise<void> => {
    const done = new AbortController();
    const upTo = store.stats().lastPosition;
    for (const one of ending) one.lane.drain(isReplaced(one) ? 0 : upTo);
    const deadline = clock.sleep(deadlineMs, done.signal).then(() => {
      for (const { lane } of ending) lane.abort();
    });
    await Promise.all(ending.map(({ ended }) => ended));
    done.abort();
    await deadline;
  };
  return {
    start() {
      for (const one of lanes) one.ended = one.lane.run();
    },
    stop: (deadlineMs) => end(lanes, deadlineMs),
    async change(next, deadlineMs) {
      const wanted = new Set(next.outputs.map(({ output }) => output));
      const staying = lanes.filter(({ output }) => wanted.has(output));
      const ending = lanes.filter(({ output }) => !wanted.has(output));
      for (const { lane } of staying) lane.reroute(next.router);
      const names = new Set(next.outputs.map(({ name }) => name));
      // What a successor can send need not be sent before.
      await end(ending, deadlineMs, ({ name }) => names.has(name));
      // A lane begins where its predecessor of that name committed last.
      lanes = next.outputs.map((one) => {
        const running = staying.find(({ output }) => output === one.output) ?? open(one, next.router);
        if (!staying.includes(running)) running.ended = running.lane.run();
        return running;
      });
    },
    states: () => lanes.map(({ lane }) => lane.state()),
  };
}

interface RunningLane {
  readonly name: string;
  readonly output: Output;
  readonly lane: Lane;
  ended: Promise<void>;
}

function policyOf({ policy, limits }: CourierOutput): DeliveryPolicy {
  const asked = { ...defaultPolicy, ...policy };
  // One batch at a time is planned, and only it can be made again.
  return limits.sameOnRetry === true ? { ...asked, concurrency: 1 } : asked;
}
