import { alertLabelNames, type ExtraLabels } from '../alert/alert-labels.ts';
import { atLeast, priorities, type Priority } from '../alert/priority.ts';
import type { DecodedBody } from '../alert/decode-body.ts';
import type { Alert } from '../alert/alert.ts';
import { type RefusalCode, Refused } from '../alert/refused.ts';
import { defaultMaxSeries, type Metrics } from '../base/metrics.ts';
import { extraLabelling } from './extra-labels.ts';

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

const noExtra: ExtraLabels = { fields: [], maxSeries: 0 };

export function intakeMeter(metrics: Metrics, extra = noExtra): IntakeMeter {
  const extras = extraLabelling(extra);
  const accepted = metrics.counter({
    name: 'alerts_accepted_total',
    help: 'Alerts taken in over HTTP and stored, repeats included, by event source and priority.',
    labels: ['source', 'priority'],
  });
  const refused = metrics.counter({
    name: 'alerts_refused_total',
    help: 'Records that came in over HTTP and were not taken, by reason; not_stored: alerts that could not be stored.',
    labels: ['reason'],
    expected: () => [{ reason: 'not_stored' }],
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
    labels: [...alertLabelNames, ...extras.names],
    // What the extra labels take up is not taken from the others.
    maxSeries: defaultMaxSeries + extra.maxSeries,
    foreign: true,
  });
  const input = (status: 'accepted' | 'rejected'): ((amount: number) => void) =>
    inputs.adding({ source: 'requests', status });
  const inputAccepted = input('accepted');
  const inputRejected = input('rejected');
  // Alerts come in runs of one rule and host.
  let last: Counted | undefined;
  const countedAs = (alert: Alert): Counted => {
    const values = extras.valuesOf(alert.fields);
    if (last !== undefined && isAlike(last.labels, alert) && values.every((value, at) => value === last?.values[at]))
      return last;
    const labels = eventLabels(alert);
    const { source, priority } = alert;
    const allLabels = { ...labels, ...extras.labels(Object.values(labels), values) };
    last = { labels, values, accepted: accepted.adding({ source, priority }), events: events.adding(allLabels) };
    return last;
  };
  return {
    tally(records) {
      const runs: { readonly counted: Counted; alerts: number }[] = [];
      const refusals: RefusalCode[] = [];
      let notAlerts = 0;
      for (const record of records) {
        if (record === 'skipped') notAlerts += 1;
        else if (record instanceof Refused) refusals.push(record.code);
        else {
          const counted = countedAs(record);
          const run = runs.at(-1);
          if (run?.counted === counted) run.alerts += 1;
          else runs.push({ counted, alerts: 1 });
        }
      }
      return () => {
        if (notAlerts > 0) skipped.add(notAlerts);
        for (const reason of refusals) {
          refused.add(1, { reason });
          inputRejected(1);
        }
        for (const { counted, alerts } of runs) {
          counted.accepted(alerts);
          inputAccepted(alerts);
          counted.events(alerts);
        }
      };
    },
    took(tallies, durationMs) {
      seconds.observe(durationMs / 1000);
      for (const count of tallies) count();
    },
    notStored(alerts) {
      refused.add(alerts, { reason: 'not_stored' });
      inputRejected(1);
    },
    unreadable(status) {
      refused.add(1, { reason: status === 413 ? 'too_large' : 'unreadable' });
      inputRejected(1);
    },
  };
}

type EventLabels = Readonly<Record<(typeof alertLabelNames)[number], string>>;

/** What counts alerts of these labels. */
interface Counted {
  readonly labels: EventLabels;
  /** Of the extra labels. */
  readonly values: readonly string[];
  readonly accepted: (amount: number) => void;
  readonly events: (amount: number) => void;
}

function isAlike(labels: Counted['labels'], { fields, hostname, priority, rule, source }: Alert): boolean {
  return (
    labels.rule === rule &&
    labels.priority_raw === rawPriority(priority) &&
    labels.source === source &&
    labels.hostname === (hostname ?? 'unknown') &&
    labels.k8s_ns_name === label(fields['k8s.ns.name']) &&
    labels.k8s_pod_name === label(fields['k8s.pod.name'])
  );
}

const rawPriorities: ReadonlyMap<Priority, string> = new Map(
  priorities.map((priority) => [priority, priority.toLowerCase()]),
);

function rawPriority(priority: Priority): string {
  return rawPriorities.get(priority) ?? '';
}

const ranks: ReadonlyMap<Priority, string> = new Map(
  priorities.map((priority) => [priority, String(priorities.filter((other) => atLeast(priority, other)).length)]),
);

function eventLabels({ fields, hostname, priority, rule, source }: Alert): EventLabels {
  return {
    hostname: hostname ?? 'unknown',
    rule,
    priority: ranks.get(priority) ?? '0',
    priority_raw: rawPriority(priority),
    source,
    k8s_ns_name: label(fields['k8s.ns.name']),
    k8s_pod_name: label(fields['k8s.pod.name']),
  };
}

function label(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
