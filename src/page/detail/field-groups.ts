export interface FieldGroup {
  readonly title: string;
  readonly fields: readonly (readonly [string, unknown])[];
}

/** What a field of the ELB source is about, by its name without `awselb.`; the first that fits. */
const topics: readonly (readonly [string, RegExp])[] = [
  ['Client', /^client_/],
  ['TLS', /^(ssl_|tls_|chosen_|domain_name|leaf_|verify_|incoming_tls)/],
  ['Request', /^(request_(?!.*time)|user_agent|trace_id|redirect|transformed|classification)/],
  ['Answer', /^(elb_status|target_|matched_rule|actions|error_reason|sent_|received_)/],
  ['Time', /(_time|_ms$|timestamp)/],
];

/** Fields in groups that people look for: by topic for load balancers, by what stands before the first dot for others. */
export function fieldGroups(fields: Readonly<Record<string, unknown>>): readonly FieldGroup[] {
  const groups = new Map<string, (readonly [string, unknown])[]>();
  for (const name of Object.keys(fields).sort()) {
    const title = titleOf(name);
    const group = groups.get(title) ?? [];
    group.push([name, fields[name]]);
    groups.set(title, group);
  }
  const order = [...topics.map(([title]) => title), 'Load balancer'];
  const rank = (title: string): number => (order.includes(title) ? order.indexOf(title) : order.length);
  return [...groups]
    .map(([title, members]) => ({ title, fields: members }))
    .sort((a, b) => rank(a.title) - rank(b.title) || a.title.localeCompare(b.title));
}

function titleOf(name: string): string {
  if (!name.startsWith('awselb.')) return name.includes('.') ? `${name.slice(0, name.indexOf('.'))}.*` : 'Other';
  const rest = name.slice('awselb.'.length);
  return topics.find(([, pattern]) => pattern.test(rest))?.[0] ?? 'Load balancer';
}
