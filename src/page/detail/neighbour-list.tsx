import type { AlertRow as Row, Neighbours } from '../../triage/answers.ts';
import { useLoaded } from '../api/use-loaded.ts';
import { AlertRow } from '../alerts/alert-row.tsx';
import { type FilterKey, only, withRange } from '../place/filter.ts';
import { closed } from '../place/place.ts';
import { PlaceLink } from '../place/place-link.tsx';
import { useNavigation } from '../place/use-place.ts';
import { count, plural } from '../shown/count.ts';
import './neighbour-list.css';

/** What else happened a quarter of an hour before and after `row`: of the same client, and on the same path. */
export function NeighbourList({ row }: { readonly row: Row }) {
  const { value, failure } = useLoaded<Neighbours>(`/api/alerts/${encodeURIComponent(row.id)}/neighbours`);
  if (failure !== undefined) return <p role="alert">{failure.message}</p>;
  if (value === undefined) return <p>Loading…</p>;
  const { sameClient, sameClientTotal, samePath, samePathTotal } = value;
  const range = { since: new Date(value.since).toISOString(), until: new Date(value.until).toISOString() };
  return (
    <div class="neighbours">
      {sameClient.length + samePath.length === 0 && <p>Nothing else by this client, nothing else on this path.</p>}
      <Rows
        title="by the same client"
        rows={sameClient}
        total={sameClientTotal}
        of={['ip', row.clientAddress, range]}
      />
      <Rows title="on the same path" rows={samePath} total={samePathTotal} of={['path', row.path, range]} />
    </div>
  );
}

interface RowsProps {
  readonly title: string;
  readonly rows: readonly Row[];
  /** How many there are; `rows` may be the latest of them only. */
  readonly total: number;
  /** What to filter by to see all of them. */
  readonly of: readonly [FilterKey, string | undefined, { readonly since: string; readonly until: string }];
}

function Rows({ title, rows, total, of: [key, value, { since, until }] }: RowsProps) {
  const { place } = useNavigation();
  if (rows.length === 0) return null;
  const all = withRange(only({ values: {} }, key, value === undefined ? [] : [value]), since, until);
  return (
    <section>
      <h4>
        {plural(total, 'alert')} {title}
        {rows.length < total && (
          <>
            , the latest {count(rows.length)}: <PlaceLink to={{ ...closed(place), filter: all }}>show all</PlaceLink>
          </>
        )}
      </h4>
      <ol>
        {rows.map((row) => (
          <AlertRow key={row.id} row={row} to={{ ...place, alert: row.id }} open={false} marked={false} />
        ))}
      </ol>
    </section>
  );
}
