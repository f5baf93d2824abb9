import { useId, useState } from 'preact/hooks';
import type { AlertGroup, AlertPage } from '../../triage/answers.ts';
import { useLoaded } from '../api/use-loaded.ts';
import { filterQuery, only } from '../place/filter.ts';
import { closed } from '../place/place.ts';
import { PlaceLink } from '../place/place-link.tsx';
import { useNavigation } from '../place/use-place.ts';
import { Client } from '../shown/client.tsx';
import { count, plural } from '../shown/count.ts';
import { ForeignText } from '../shown/foreign-text.tsx';
import { Icon } from '../shown/icon.tsx';
import { briefUtc, span } from '../shown/moment.ts';
import { PriorityBadge } from '../shown/priority-badge.tsx';
import { statusNames } from '../shown/status-mark.tsx';
import { AlertRow } from './alert-row.tsx';
import { triageStatuses } from './statuses.ts';
import './group-row.css';

const rowsShown = 20;

export function GroupRow({ group }: { readonly group: AlertGroup }) {
  const { place } = useNavigation();
  const [open, setOpen] = useState(false);
  const inside = useId();
  const filter = narrowed(group, place.filter);
  const query = filterQuery(filter);
  query.set('limit', String(rowsShown));
  query.set('order', place.order);
  const page = useLoaded<AlertPage>(open ? `/api/alerts?${query.toString()}` : undefined);
  const first = Date.parse(group.firstTime);
  const last = Date.parse(group.lastTime);
  return (
    <li class="group-row">
      <button
        type="button"
        class="group-head"
        aria-expanded={open}
        aria-controls={inside}
        onClick={() => setOpen(!open)}
      >
        <Icon name="chevron" />
        <PriorityBadge priority={group.priority} />
        <b class="group-count">{count(group.count)}×</b>
        <span class="row-rule">
          <ForeignText text={group.rule} max={120} brief />
        </span>
        <Client row={group} />
        <span class="mono group-balancer">
          {group.balancer !== undefined && <ForeignText text={group.balancer} max={80} brief />}
        </span>
        <span class="group-time mono">
          {briefUtc(last, Date.now())}
          {last - first >= 1_000 && ` · ${span(last - first)}`}
        </span>
        <span class="group-statuses">
          {triageStatuses.flatMap((status) => {
            const alerts = group.statuses[status] ?? 0;
            return alerts === 0 || alerts === group.count
              ? []
              : [`${count(alerts)} ${statusNames[status].toLowerCase()}`];
          })}
        </span>
      </button>
      <div id={inside} class="group-inside" hidden={!open}>
        {page.failure !== undefined && <p role="alert">{page.failure.message}</p>}
        <ol>
          {page.value?.alerts.map((row) => (
            <AlertRow
              key={row.id}
              row={row}
              to={{ ...place, alert: row.id }}
              open={place.alert === row.id}
              marked={false}
            />
          ))}
        </ol>
        {group.count > rowsShown && (
          <p>
            <PlaceLink to={{ ...closed(place), filter, view: 'alerts' }}>
              All {plural(group.count, 'alert')} of this group
            </PlaceLink>
          </p>
        )}
      </div>
    </li>
  );
}

function narrowed({ rule, clientAddress, balancer }: AlertGroup, filter: Parameters<typeof only>[0]) {
  let narrow = only(filter, 'rule', [rule]);
  if (clientAddress !== undefined) narrow = only(narrow, 'ip', [clientAddress]);
  if (balancer !== undefined) narrow = only(narrow, 'balancer', [balancer]);
  return narrow;
}
