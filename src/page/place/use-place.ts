import { createContext } from 'preact';
import { useCallback, useContext, useEffect, useMemo, useState } from 'preact/hooks';
import { type Place, placeAddress, readPlace } from './place.ts';

export interface Navigation {
  readonly place: Place;
  /** Goes there; `replace` leaves no step for the back button, for moves that nobody would want to undo one by one. */
  go(this: void, to: Place, how?: 'push' | 'replace'): void;
}

const here = createContext<Navigation | undefined>(undefined);

export const NavigationProvider = here.Provider;

export function useNavigation(): Navigation {
  const navigation = useContext(here);
  if (navigation === undefined) throw new Error('no navigation around this component');
  return navigation;
}

/** The place that the address tells of. One per page. */
export function useAddress(): Navigation {
  const [search, setSearch] = useState(location.search);
  useEffect(() => {
    const moved = (): void => setSearch(location.search);
    addEventListener('popstate', moved);
    return () => removeEventListener('popstate', moved);
  }, []);
  const go = useCallback((to: Place, how: 'push' | 'replace' = 'push') => {
    const address = placeAddress(to);
    if (address === location.pathname + location.search) return;
    if (how === 'push') history.pushState(null, '', address);
    else history.replaceState(null, '', address);
    setSearch(location.search);
  }, []);
  return useMemo(() => ({ place: readPlace(search), go }), [search, go]);
}
