import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import type { CourierObserver } from './courier.ts';
import type { AlertStore } from './store/alert-store.ts';

const sendBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Counts and logs what the courier tells; one for each app. */
export function courierMeter(metrics: Metrics, log: Log, store: AlertStore): CourierObserver {
  const labels = ['output'];
  const sent = metrics.counter({ name: 'alerts_sent_total', help: 'Alerts delivered, by output.', labels });
  const retried = metrics.counter({ name: 'alerts_retried_total', help: 'Alerts that have to be sent again.', labels });
  const buried = metrics.counter({ name: 'alerts_buried_total', help: 'Alerts that became dead letters.', labels });
  const held = metrics.counter({
    name: 'alerts_held_total',
    help: 'Alerts counted in a window instead of sent.',
    labels,
  });
  const muted = metrics.counter({ name: 'alerts_muted_total', help: 'Alerts that a mute kept back.', labels });
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
    read: () => {
      const readers = Object.entries(store.stats().readers);
      return readers.map(([output, position]) => [store.countAfter(position), { output }] as const);
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
  });
  return {
    sent(output, count, durationMs) {
      sent.add(count, { output });
      outputs.add(count, { destination: output, status: 'ok' });
      seconds.observe(durationMs / 1000, { output });
    },
    retried(output, count, cause, waitMs) {
      retried.add(count, { output });
      log.warning('An output did not take alerts; they are sent again.', {
        output,
        alerts: count,
        wait_ms: waitMs,
        error: cause,
      });
    },
    buried(output, alert, reason) {
      buried.add(1, { output });
      outputs.add(1, { destination: output, status: 'error' });
      log.error('An alert became a dead letter.', { output, alert: alert.id, rule: alert.rule, reason });
    },
    held: (output, count) => held.add(count, { output }),
    muted: (output, count) => muted.add(count, { output }),
    storeFailed: (output, cause) =>
      log.error('The store did not take the progress of an output.', { output, error: cause }),
  };
}
