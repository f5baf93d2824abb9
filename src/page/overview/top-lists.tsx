import { priorities } from '../../alert/priority.ts';
import type { Stats } from '../../triage/answers.ts';
import { countryName } from '../shown/country-name.ts';
import { TopList } from './top-list.tsx';

/** What one may narrow down to. Priorities stand first and in their order, whatever their counts are. */
export function TopLists({ stats: { top, total, byPriority } }: { readonly stats: Stats }) {
  const countries = top.countries.map((one) => ({ ...one, label: one.label ?? countryName(one.value) }));
  const levels = priorities.flatMap((value) => (byPriority[value] > 0 ? [{ value, count: byPriority[value] }] : []));
  return (
    <div class="top-lists">
      <TopList title="Priorities" filterKey="priority" values={levels} total={total} />
      <TopList title="Rules" filterKey="rule" values={top.rules} total={total} />
      <TopList title="Clients" filterKey="ip" values={top.clients} total={total} mono />
      <TopList title="Countries" filterKey="country" values={countries} total={total} />
      <TopList title="Networks" filterKey="asn" values={top.asns} total={total} />
      <TopList title="Paths" filterKey="path" values={top.paths} total={total} mono />
      <TopList title="Load balancers" filterKey="balancer" values={top.balancers} total={total} mono />
      <TopList title="Tags" filterKey="tag" values={top.tags} total={total} />
      <TopList title="Sources" filterKey="source" values={top.sources} total={total} />
    </div>
  );
}
