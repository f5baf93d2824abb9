/** The labels with which falcosidekick counts alerts, in `falcosecurity_falcosidekick_falco_events_total`. */
export const alertLabelNames = [
  'hostname',
  'rule',
  'priority',
  'priority_raw',
  'source',
  'k8s_ns_name',
  'k8s_pod_name',
] as const;

/** Output fields that are labels there too. Their values are written by whoever sends requests. */
export interface ExtraLabels {
  readonly fields: readonly string[];
  /** How many series with values of their own there may be; past that the extra labels say `(other)`, the others what they are. */
  readonly maxSeries: number;
}

/** As falcosidekick makes one, and for the fields that it does not take: `proc.aname[2]` is `proc_aname_2_`. */
export function labelOfField(field: string): string {
  return field.replace(/[^a-zA-Z0-9_]/g, '_');
}
