import { atLeast, priorities, type Priority } from '../alert/priority.ts';
import type { DecodedBody } from '../alert/decode-body.ts';
import type { Alert } from '../alert/alert.ts';
import { type RefusalCode, Refused } from '../alert/refused.ts';
import type { Metrics } from '../base/metrics.ts';

/** Adds to the counters what was found. */
type Tally = () => void;

/** Counts what comes in through HTTP: under our names, and under falcosidekick's for dashboards that exist. */
export interface IntakeMeter {
  /** What the records count, without holding them: for `took`. */
  tally(records: DecodedBody['records']): Tally;
  /** One body, once its alerts are stored. */
  took(tallies: readonly Tally[], durationMs: number): void;
  notStored(alerts: number): void;
  unreadable(status: number): void;
}

const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function intakeMeter(metrics: Metrics): IntakeMeter {
  const accepted = metrics.counter({
    name: 'alerts_accepted_total',
    help: 'Alerts taken in over HTTP and stored, repeats included, by event source and priority.',
    labels: ['source', 'priority'],
  });
  const refused = metrics.counter({
    name: 'alerts_refused_total',
    help: 'Records that came in over HTTP and are no alerts, by reason.',
    labels: ['reason'],
  });
  const skipped = metrics.counter({
    name: 'records_skipped_total',
    help: 'Lines that a log router sent along and that are no alerts.',
  });
  const seconds = metrics.histogram({
    name: 'intake_seconds',
    help: 'Seconds from the start of a request with alerts until they were stored.',
    buckets: latencyBuckets,
  });
  const inputs = metrics.counter({
    name: 'falcosecurity_falcosidekick_inputs_total',
    help: 'As falcosidekick counts it: requests by status.',
    labels: ['source', 'status'],
    foreign: true,
  });
  const events = metrics.counter({
    name: 'falcosecurity_falcosidekick_falco_events_total',
    help: 'As falcosidekick counts it: alerts by what they are.',
    labels: ['hostname', 'rule', 'priority', 'priority_raw', 'source', 'k8s_ns_name', 'k8s_pod_name'],
    foreign: true,
  });
  const input = (status: 'accepted' | 'rejected', amount = 1): void =>
    inputs.add(amount, { source: 'requests', status });
  return {
    tally(records) {
      // Alerts of a batch come in runs of one rule and host: each run is counted at once.
      const runs: { readonly first: Alert; alerts: number }[] = [];
      const refusals: RefusalCode[] = [];
      let notAlerts = 0;
      for (const record of records) {
        const run = runs.at(-1);
        if (record === 'skipped') notAlerts += 1;
        else if (record instanceof Refused) refusals.push(record.code);
        else if (run !== undefined && areAlike(run.first, record)) run.alerts += 1;
        else runs.push({ first: record, alerts: 1 });
      }
      return () => {
        if (notAlerts > 0) skipped.add(notAlerts);
        for (const reason of refusals) {
          refused.add(1, { reason });
          input('rejected');
        }
        for (const { first, alerts } of runs) {
          accepted.add(alerts, { source: first.source, priority: first.priority });
          input('accepted', alerts);
          events.add(alerts, eventLabels(first));
        }
      };
    },
    took(tallies, durationMs) {
      seconds.observe(durationMs / 1000);
      for (const count of tallies) count();
    },
    notStored(alerts) {
      refused.add(alerts, { reason: 'not_stored' });
      input('rejected');
    },
    unreadable(status) {
      refused.add(1, { reason: status === 413 ? 'too_large' : 'unreadable' });
      input('rejected');
    },
  };
}

/** Whether both have the same labels. */
function areAlike(one: Alert, other: Alert): boolean {
  return (
    one.rule === other.rule &&
    one.priority === other.priority &&
    one.source === other.source &&
    one.hostname === other.hostname &&
    podLabels.every((name) => one.fields[name] === other.fields[name])
  );
}

const podLabels = ['k8s.ns.name', 'k8s.pod.name'] as const;

const ranks: ReadonlyMap<Priority, string> = new Map(
  priorities.map((priority) => [priority, String(priorities.filter((other) => atLeast(priority, other)).length)]),
);

function eventLabels({ fields, hostname, priority, rule, source }: Alert) {
  return {
    hostname: hostname ?? 'unknown',
    rule,
    priority: ranks.get(priority) ?? '0',
    priority_raw: priority.toLowerCase(),
    source,
    k8s_ns_name: label(fields['k8s.ns.name']),
    k8s_pod_name: label(fields['k8s.pod.name']),
  };
}

function label(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
