import { useEffect, useRef, useState } from 'preact/hooks';
import type { AlertRow, TriageState } from '../../triage/answers.ts';

/** `lost`: it is tried again by itself. */
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
  /** The service, or a proxy before it, answered something else: logged out, perhaps. */
  refused(): void;
  /** The stream was lost and is back: whatever happened between is unknown. */
  back(): void;
}

/** Alerts come one by one and in bursts; the page is drawn for a burst once. */
const gatherMs = 200;
/** A lost connection the browser opens again by itself, but not after an answer such as a proxy's 502. */
const retryMs = 3_000;

/** Follows what happens to the alerts that `query` asks for, as long as the component lives. */
export function useStream(query: string | undefined, events: StreamEvents): StreamState {
  const [state, setState] = useState<StreamState>('connecting');
  const latest = useRef(events);
  latest.current = events;
  useEffect(() => {
    if (query === undefined) return undefined;
    setState('connecting');
    let source: EventSource;
    let wasLost = false;
    let gathered: AlertRow[] = [];
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let retrying: ReturnType<typeof setTimeout> | undefined;
    const flush = (): void => {
      gathering = undefined;
      const rows = gathered;
      gathered = [];
      latest.current.alerts(rows);
    };
    const open = (): void => {
      source = new EventSource(`/api/stream${query === '' ? '' : '?'}${query}`);
      source.addEventListener('open', () => {
        setState('live');
        if (wasLost) latest.current.back();
        wasLost = false;
      });
      source.addEventListener('error', () => {
        wasLost = true;
        setState('lost');
        if (source.readyState !== EventSource.CLOSED) return;
        latest.current.refused();
        retrying = setTimeout(open, retryMs);
      });
      source.addEventListener('alert', ({ data }: MessageEvent<string>) => {
        gathered.push(JSON.parse(data) as AlertRow);
        gathering ??= setTimeout(flush, gatherMs);
      });
      source.addEventListener('triage', ({ data }: MessageEvent<string>) => {
        latest.current.decided(JSON.parse(data) as TriageState);
      });
      source.addEventListener('stats-changed', ({ data }: MessageEvent<string>) => {
        latest.current.statsChanged();
        const { skipped = 0 } = JSON.parse(data) as { readonly skipped?: number };
        if (skipped > 0) latest.current.skipped();
      });
    };
    open();
    return () => {
      source.close();
      clearTimeout(gathering);
      clearTimeout(retrying);
    };
  }, [query]);
  return state;
}
