import { createContext } from 'preact';
import { useContext, useEffect } from 'preact/hooks';

/** Who is reading, as `GET /api/session` tells. */
export interface Session {
  /** null: not logged in. */
  readonly user: string | null;
  readonly role: 'read-only' | 'triage' | null;
  /** What `POST /login` takes; `none` where everyone is let in or a reverse proxy logs in. */
  readonly login: 'none' | 'token' | 'password';
  readonly version: string;
}

const current = createContext<Session | undefined>(undefined);

export const SessionProvider = current.Provider;

export function useSession(): Session {
  const session = useContext(current);
  if (session === undefined) throw new Error('no session around this component');
  return session;
}

export function useMayTriage(): boolean {
  return useSession().role === 'triage';
}

const changes = 'elb-sidekick session changes';

/** Tells the other tabs that somebody logged in or out here: they have the same cookie. */
export function sessionChanged(): void {
  localStorage.setItem(changes, String(Date.now()));
}

/** Calls back when somebody logged in or out in another tab. */
export function useOtherTabs(changed: () => void): void {
  useEffect(() => {
    const stored = ({ key }: StorageEvent): void => {
      if (key === changes) changed();
    };
    addEventListener('storage', stored);
    return () => removeEventListener('storage', stored);
  }, [changed]);
}
