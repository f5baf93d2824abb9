import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Stats, TriageState } from '../triage/answers.ts';
import { AlertList } from './alerts/alert-list.tsx';
import { BulkForm } from './alerts/bulk-form.tsx';
import { NoAlertsYet, NothingMatches } from './alerts/empty-state.tsx';
import { GroupList } from './alerts/group-list.tsx';
import { OrderSwitch } from './alerts/order-switch.tsx';
import { StatusTabs } from './alerts/status-tabs.tsx';
import { ViewSwitch } from './alerts/view-switch.tsx';
import { useAlerts } from './api/use-alerts.ts';
import { useLoaded } from './api/use-loaded.ts';
import { useStream } from './api/use-stream.ts';
import { AlertDetail } from './detail/alert-detail.tsx';
import { FilterChips } from './header/filter-chips.tsx';
import { Header } from './header/header.tsx';
import { KeyboardHelp } from './header/keyboard-help.tsx';
import { Timeline } from './overview/timeline.tsx';
import { TopLists } from './overview/top-lists.tsx';
import { WorldMap } from './overview/world-map.tsx';
import { filterQuery, isEverything } from './place/filter.ts';
import { useNavigation } from './place/use-place.ts';
import { useMayTriage } from './session/session.ts';
import { plural } from './shown/count.ts';
import { Loading } from './shown/loading.tsx';
import { Trouble } from './shown/trouble.tsx';
import { useKeyboard } from './use-keyboard.ts';

const statsEveryMs = 1_000;

/** What one sees who may read: filters, time, the list or the groups, and beside it either the overview or the open alert. */
export function Triage({ onSessionLost }: { readonly onSessionLost: () => void }) {
  const { place } = useNavigation();
  const mayTriage = useMayTriage();
  const [paused, setPaused] = useState(false);
  const [news, setNews] = useState<TriageState>();
  const [decidingAll, setDecidingAll] = useState(false);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const help = useRef<HTMLDialogElement>(null);

  const query = filterQuery(place.filter).toString();
  const alerts = useAlerts(query, place.order);
  const [version, changed] = useThrottled(statsEveryMs);
  const stats = useLoaded<Stats>(`/api/stats?${query}`, version, true);
  const decided = (state: TriageState): void => {
    setNews(state);
    alerts.decided(state);
    changed();
  };
  const stream = useStream(query, {
    alerts: (rows) => {
      alerts.came(rows, paused);
      if (!paused) changed();
    },
    decided,
    statsChanged: () => {
      if (!paused) changed();
    },
    skipped: () => {
      if (!paused) alerts.reload();
    },
    refused: changed,
    back: () => {
      alerts.reload();
      changed();
    },
  });
  const pause = (now: boolean): void => {
    setPaused(now);
    if (now) return;
    alerts.letIn();
    changed();
  };
  const mark = useCallback((id: string) => {
    setMarked((old) => {
      const now = new Set(old);
      if (!now.delete(id)) now.add(id);
      return now;
    });
  }, []);
  const decideNoMore = (): void => {
    setMarked(new Set());
    setDecidingAll(false);
  };
  useEffect(decideNoMore, [query]);
  const mayMark = mayTriage && place.view !== 'groups';
  useKeyboard({ help, mark: mayMark ? mark : undefined, paused, pause, decideNoMore });

  const failure = alerts.failure ?? stats.failure;
  const expired = failure?.status === 401;
  useEffect(() => {
    if (expired) onSessionLost();
  }, [expired]);

  const nothing = !alerts.loading && alerts.rows.length === 0 && alerts.failure === undefined;
  const first = nothing && isEverything(place.filter);
  return (
    <div
      class={`page view-${place.view}${place.alert === undefined ? '' : ' with-detail'}${first ? ' without-alerts' : ''}`}
    >
      <a class="skip" href="#list">
        Skip to the alerts
      </a>
      <Header stream={stream} paused={paused} onPause={pause} onHelp={() => help.current?.showModal()} />
      <main class="work">
        <h1 class="unseen">Alerts</h1>
        <div class="filters">
          <FilterChips />
        </div>
        {failure !== undefined && !expired && (
          <Trouble
            failure={failure}
            onRetry={() => {
              alerts.reload();
              changed();
            }}
          />
        )}
        {stats.value !== undefined && !first && (
          <Timeline timeline={stats.value.timeline} total={stats.value.total}>
            {mayTriage && !nothing && (
              <button type="button" class="quiet" onClick={() => setDecidingAll(true)}>
                Decide on all…
              </button>
            )}
          </Timeline>
        )}
        {!first && (
          <div class="list-head">
            <StatusTabs stats={stats.value} />
            {place.view !== 'overview' && <OrderSwitch />}
            <ViewSwitch />
          </div>
        )}
        <p class="unseen" role="status">
          {stats.value !== undefined && `${plural(stats.value.total, 'alert')} match`}
        </p>
        <div class="list" id="list" tabIndex={-1}>
          {first && <NoAlertsYet />}
          {nothing && !first && <NothingMatches />}
          {alerts.loading && alerts.rows.length === 0 && <Loading />}
          {place.view === 'groups' && !nothing && <GroupList query={query} version={version} />}
          {place.view !== 'groups' && !nothing && (
            <AlertList alerts={alerts} marked={marked} onMark={mayTriage ? mark : undefined} />
          )}
        </div>
        {(marked.size > 0 || decidingAll) && (
          <BulkForm
            marked={marked}
            total={stats.value?.total ?? marked.size}
            newest={newestOf(alerts.rows)}
            onDone={() => {
              decideNoMore();
              alerts.reload();
              changed();
            }}
            onDecided={decided}
          />
        )}
      </main>
      {stats.value !== undefined && !first && (
        <section class="overview" aria-label="Overview">
          <WorldMap places={stats.value.places} />
          <TopLists stats={stats.value} />
        </section>
      )}
      {place.alert !== undefined && <AlertDetail id={place.alert} news={news} onDecided={decided} />}
      <KeyboardHelp dialog={help} />
    </div>
  );
}

function newestOf(rows: readonly { readonly position: number }[]): number | undefined {
  return rows.length === 0 ? undefined : Math.max(...rows.map(({ position }) => position));
}

/** A number that grows after each call, though not more often than every so many milliseconds. */
function useThrottled(everyMs: number): readonly [number, () => void] {
  const [version, setVersion] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const lastMs = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const changed = useCallback(() => {
    if (timer.current !== undefined) return;
    const waitMs = Math.max(0, lastMs.current + everyMs - Date.now());
    timer.current = setTimeout(() => {
      timer.current = undefined;
      lastMs.current = Date.now();
      setVersion((old) => old + 1);
    }, waitMs);
  }, [everyMs]);
  return [version, changed];
}
