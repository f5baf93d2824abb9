import { useEffect, useRef, useState } from 'preact/hooks';
import type { AlertRow, TriageState } from '../../triage/answers.ts';

/** `lost`: the browser tries again by itself. */
export type StreamState = 'connecting' | 'live' | 'lost';

export interface StreamEvents {
  /** Alerts that came in since the last call, the oldest first. */
  alerts(rows: readonly AlertRow[]): void;
  /** Somebody decided something. */
  decided(state: TriageState): void;
  /** Counts are no longer what they were. */
  statsChanged(): void;
  /** There were more alerts than the service sent. */
  skipped(): void;
  /** The stream was lost and is back: whatever happened between is unknown. */
  back(): void;
}

/** Alerts come one by one and in bursts; the page is drawn for a burst once. */
const gatherMs = 200;

/** Follows what happens to the alerts that `query` asks for, as long as the component lives. */
export function useStream(query: string | undefined, events: StreamEvents): StreamState {
  const [state, setState] = useState<StreamState>('connecting');
  const latest = useRef(events);
  latest.current = events;
  useEffect(() => {
    if (query === undefined) return undefined;
    setState('connecting');
    const source = new EventSource(`/api/stream${query === '' ? '' : '?'}${query}`);
    let wasLost = false;
    let gathered: AlertRow[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = (): void => {
      timer = undefined;
      const rows = gathered;
      gathered = [];
      latest.current.alerts(rows);
    };
    source.addEventListener('open', () => {
      setState('live');
      if (wasLost) latest.current.back();
      wasLost = false;
    });
    source.addEventListener('error', () => {
      wasLost = true;
      setState('lost');
    });
    source.addEventListener('alert', ({ data }: MessageEvent<string>) => {
      gathered.push(JSON.parse(data) as AlertRow);
      timer ??= setTimeout(flush, gatherMs);
    });
    source.addEventListener('triage', ({ data }: MessageEvent<string>) => {
      latest.current.decided(JSON.parse(data) as TriageState);
    });
    source.addEventListener('stats-changed', ({ data }: MessageEvent<string>) => {
      latest.current.statsChanged();
      const { skipped = 0 } = JSON.parse(data) as { readonly skipped?: number };
      if (skipped > 0) latest.current.skipped();
    });
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, [query]);
  return state;
}
