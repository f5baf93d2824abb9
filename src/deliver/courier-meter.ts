import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import type { CourierObserver } from './courier.ts';
import type { AlertStore } from './store/alert-store.ts';

const sendBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What the meter asks when it is read. */
interface MeteredOutputs {
  readonly clock: Pick<Clock, 'now'>;
  /** The outputs in use: name → kind. */
  readonly outputs: () => ReadonlyMap<string, string>;
}

/** What falcosidekick calls our kinds (its stats of outputs); the others have no such name there. */
const theirNames: ReadonlyMap<string, string> = new Map([
  ['cloudwatch-logs', 'awscloudwatchlogs'],
  ['s3', 'awss3'],
  ['sns', 'awssns'],
  ['sqs', 'awssqs'],
]);

/** Counts and logs what the courier tells; one for each app. */
export function courierMeter(
  metrics: Metrics,
  log: Log,
  store: AlertStore,
  { clock, outputs: inUse }: MeteredOutputs,
): CourierObserver {
  const labels = ['output'];
  /** Of the outputs in use: others' readers stand still, and nothing waits for them. */
  const positions = (): (readonly [string, number])[] => {
    const { readers } = store.stats();
    return [...inUse().keys()].map((output) => [output, readers[output] ?? 0]);
  };
  const destinationOf = (output: string): string => {
    const kind = inUse().get(output) ?? output;
    return theirNames.get(kind) ?? kind;
  };
  const counter = (name: string, help: string) =>
    metrics.counter({ name, help, labels, expected: () => [...inUse().keys()].map((output) => ({ output })) });
  const sent = counter('alerts_sent_total', 'Alerts delivered, by output.');
  const retried = counter('alerts_retried_total', 'Alerts that have to be sent again.');
  const buried = counter('alerts_buried_total', 'Alerts that became dead letters.');
  const held = counter('alerts_held_total', 'Alerts counted in a window instead of sent.');
  const muted = counter('alerts_muted_total', 'Alerts that a mute kept back.');
  const seconds = metrics.histogram({
    name: 'send_seconds',
    help: 'Seconds of one send.',
    labels,
    buckets: sendBuckets,
  });
  metrics.gauge({
    name: 'alerts_undelivered',
    help: 'Alerts stored and not yet dealt with, by output.',
    labels,
    read: () => positions().map(([output, position]) => [store.countAfter(position), { output }] as const),
  });
  metrics.gauge({
    name: 'oldest_undelivered_seconds',
    help: 'Seconds since the oldest alert came that is stored and not yet dealt with, by output; 0 when there is none.',
    labels,
    read: () => {
      const nowMs = clock.now();
      return positions().map(([output, position]) => {
        const arrivedMs = store.arrivedAfter(position);
        return [arrivedMs === undefined ? 0 : Math.max(0, nowMs - arrivedMs) / 1000, { output }] as const;
      });
    },
  });
  metrics.gauge({
    name: 'alerts_stored',
    help: 'Alerts in the store.',
    read: () => [[store.stats().alerts, {}] as const],
  });
  metrics.gauge({
    name: 'dead_letters',
    help: 'Dead letters in the store.',
    read: () => [[store.stats().dead, {}] as const],
  });
  const outputs = metrics.counter({
    name: 'falcosecurity_falcosidekick_outputs_total',
    help: 'As falcosidekick counts it: alerts by output, ok when delivered, error when given up.',
    labels: ['destination', 'status'],
    foreign: true,
    expected: () =>
      [...inUse().keys()].flatMap((output) =>
        ['ok', 'error'].map((status) => ({ destination: destinationOf(output), status })),
      ),
  });
  return {
    sent(output, count, durationMs) {
      sent.add(count, { output });
      outputs.add(count, { destination: destinationOf(output), status: 'ok' });
      seconds.observe(durationMs / 1000, { output });
    },
    retried(output, count, cause, waitMs) {
      retried.add(count, { output });
      log.warning('An output did not take alerts; they are sent again.', {
        output,
        alerts: count,
        wait_ms: Math.round(waitMs),
        error: cause,
      });
    },
    buried(output, alert, reason) {
      buried.add(1, { output });
      outputs.add(1, { destination: destinationOf(output), status: 'error' });
      log.error('An alert became a dead letter.', { output, alert: alert.id, rule: alert.rule, reason });
    },
    became(fate) {
      if (fate.state === 'grouped') held.add(fate.positions.length, { output: fate.output });
      if (fate.state === 'muted') muted.add(fate.positions.length, { output: fate.output });
    },
    storeFailed: (output, cause) =>
      log.error('The store did not take the progress of an output.', { output, error: cause }),
  };
}
