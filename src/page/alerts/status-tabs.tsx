import { type TriageStatus, triageStatuses } from './statuses.ts';
import type { Stats } from '../../triage/answers.ts';
import { has, only, toggled } from '../place/filter.ts';
import { closed } from '../place/place.ts';
import { PlaceLink } from '../place/place-link.tsx';
import { useNavigation } from '../place/use-place.ts';
import { shortCount } from '../shown/count.ts';
import { StatusMark } from '../shown/status-mark.tsx';
import './status-tabs.css';

/** What was decided so far, with counts; each a filter. */
export function StatusTabs({ stats }: { readonly stats: Stats | undefined }) {
  const { place } = useNavigation();
  const here = closed(place);
  const none = (place.filter.values.status ?? []).length === 0;
  return (
    <nav class="status-tabs" aria-label="Status">
      <PlaceLink to={{ ...here, filter: only(place.filter, 'status', []) }} aria-current={none ? 'true' : undefined}>
        All{none && stats !== undefined && <b> {shortCount(stats.total)}</b>}
      </PlaceLink>
      {triageStatuses.map((status: TriageStatus) => (
        <PlaceLink
          key={status}
          to={{ ...here, filter: toggled(place.filter, 'status', status) }}
          aria-current={has(place.filter, 'status', status) ? 'true' : undefined}
        >
          <StatusMark status={status} named /> {stats !== undefined && <b>{shortCount(stats.byStatus[status])}</b>}
        </PlaceLink>
      ))}
    </nav>
  );
}
