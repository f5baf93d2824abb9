import { Fragment } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { AlertRow as Row } from '../../triage/answers.ts';
import type { Alerts } from '../api/use-alerts.ts';
import { useNavigation } from '../place/use-place.ts';
import { plural } from '../shown/count.ts';
import { day, utc } from '../shown/moment.ts';
import { AlertRow } from './alert-row.tsx';
import './alert-list.css';

interface AlertListProps {
  readonly alerts: Alerts;
  readonly marked: ReadonlySet<string>;
  readonly onMark?: ((id: string) => void) | undefined;
}

/** The alerts, newest first. More is loaded as one comes near the end. */
export function AlertList({ alerts, marked, onMark }: AlertListProps) {
  const { place } = useNavigation();
  const end = useRef<HTMLButtonElement>(null);
  const today = utc(Date.now()).slice(0, 10);
  const { rows, waiting, next, loading, loadMore, letIn } = alerts;
  // Counts change every second; rows only when they are others.
  const shown = useMemo(
    () =>
      rows.map((row, index) => (
        <Fragment key={row.id}>
          {dayOf(row) !== (dayOf(rows[index - 1]) ?? today) && <li class="day">{dayName(row)}</li>}
          <AlertRow
            row={row}
            to={{ ...place, alert: row.id }}
            open={place.alert === row.id}
            marked={marked.has(row.id)}
            onMark={onMark}
          />
        </Fragment>
      )),
    [rows, place, marked, onMark, today],
  );
  const more = useRef(loadMore);
  more.current = loadMore;
  useEffect(() => {
    const node = end.current;
    if (node === null) return undefined;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && more.current(), {
      rootMargin: '600px',
    });
    observer.observe(node);
    return () => observer.disconnect();
    // Anew for every page: an observer tells only of changes, and the end may be in sight still.
  }, [next, rows.length]);
  return (
    <div class="alert-list">
      {waiting.length > 0 && (
        <button type="button" class="let-in" onClick={letIn}>
          Show {plural(waiting.length, 'new alert')}
        </button>
      )}
      <ol aria-label="Alerts" aria-busy={loading}>
        {shown}
      </ol>
      {next !== undefined && (
        <button ref={end} type="button" class="quiet load-more" disabled={loading} onClick={loadMore}>
          {loading ? 'Loading…' : 'Load more'}
        </button>
      )}
    </div>
  );
}

/** Of UTC, as the times beside. */
function dayOf(row: Row | undefined): string | undefined {
  return row?.time.slice(0, 10);
}

function dayName(row: Row): string {
  return day(Date.parse(row.time));
}
