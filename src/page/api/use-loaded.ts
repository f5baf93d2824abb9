import { useEffect, useState } from 'preact/hooks';
import { type Failure, failureOf, request } from './request.ts';

/** What a GET brought. While the next answer is on its way, and when it fails, the last one stays. */
export interface Loaded<T> {
  readonly value?: T;
  readonly failure?: Failure;
  readonly loading: boolean;
}

/**
 * Loads `path` now, when it changes and whenever `version` does. With `undefined` it loads nothing. An answer of another
 * path is never shown: `keep` says that the old one may stand until the new one is there.
 */
export function useLoaded<T>(path: string | undefined, version = 0, keep = false): Loaded<T> {
  const [state, setState] = useState<Loaded<T> & { readonly of?: string | undefined }>({ loading: true });
  useEffect(() => {
    if (path === undefined) return undefined;
    const gone = new AbortController();
    setState((old) => (keep || old.of === path ? { ...old, loading: true } : { loading: true }));
    request<T>('GET', path, undefined, gone.signal).then(
      (value) => setState({ value, loading: false, of: path }),
      (error: unknown) => {
        if (!gone.signal.aborted) setState((old) => ({ ...old, failure: failureOf(error), loading: false }));
      },
    );
    return () => gone.abort();
  }, [path, version, keep]);
  if (path === undefined) return { loading: false };
  return keep || state.of === undefined || state.of === path ? state : { loading: true };
}
