import type { Clock } from '../base/clock.ts';
import type { AlertStore, Retained, Retention } from './store/alert-store.ts';

export interface RetentionKeeperOptions {
  readonly store: AlertStore;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly everyMs: number;
  /** After each look that removed something. `undelivered` names outputs that lost alerts they had not dealt with: say it loudly. */
  readonly removed: (retained: Retained) => void;
  readonly failed: (cause: Error) => void;
}

/** Takes alerts past the limits away, at once and then every `everyMs`. Call the result to end it; it resolves when it has ended. */
export function keepRetention({
  store,
  retention,
  clock,
  everyMs,
  removed,
  failed,
}: RetentionKeeperOptions): () => Promise<void> {
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const retained = await store.retain(retention);
        if (retained.removed > 0) removed(retained);
      } catch (error) {
        failed(error instanceof Error ? error : new Error(String(error)));
      }
      await clock.sleep(everyMs, stopping.signal);
    }
  };
  const running = run();
  return () => {
    stopping.abort();
    return running;
  };
}
