import type { AlertRow as Row, Neighbours } from '../../triage/answers.ts';
import { useLoaded } from '../api/use-loaded.ts';
import { AlertRow } from '../alerts/alert-row.tsx';
import { useNavigation } from '../place/use-place.ts';
import { plural } from '../shown/count.ts';
import './neighbour-list.css';

/** What else happened a quarter of an hour before and after: of the same client, and on the same path. */
export function NeighbourList({ id }: { readonly id: string }) {
  const { value, failure } = useLoaded<Neighbours>(`/api/alerts/${encodeURIComponent(id)}/neighbours`);
  if (failure !== undefined) return <p role="alert">{failure.message}</p>;
  if (value === undefined) return <p>Loading…</p>;
  const sameClient = value.sameClient.filter((row) => row.id !== id);
  const samePath = value.samePath.filter((row) => row.id !== id);
  return (
    <div class="neighbours">
      {sameClient.length + samePath.length === 0 && <p>Nothing else by this client, nothing else on this path.</p>}
      {sameClient.length > 0 && <Rows title="by the same client" rows={sameClient} />}
      {samePath.length > 0 && <Rows title="on the same path" rows={samePath} />}
    </div>
  );
}

function Rows({ title, rows }: { readonly title: string; readonly rows: readonly Row[] }) {
  const { place } = useNavigation();
  return (
    <section>
      <h4>
        {plural(rows.length, 'alert')} {title}
      </h4>
      <ol>
        {rows.map((row) => (
          <AlertRow key={row.id} row={row} to={{ ...place, alert: row.id }} open={false} marked={false} />
        ))}
      </ol>
    </section>
  );
}
