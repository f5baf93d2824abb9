import { useCallback, useState } from 'preact/hooks';
import { useLoaded } from './api/use-loaded.ts';
import { NavigationProvider, useAddress } from './place/use-place.ts';
import { Loading } from './shown/loading.tsx';
import { LoginForm } from './session/login-form.tsx';
import { type Session, SessionProvider, sessionChanged, useOtherTabs } from './session/session.ts';
import { Triage } from './triage.tsx';

/** The whole page: who is reading decides between the login and triage. */
export function Page() {
  const navigation = useAddress();
  const [logins, setLogins] = useState(0);
  const session = useLoaded<Session>('/api/session', logins, true);
  const again = useCallback(() => setLogins((old) => old + 1), []);
  useOtherTabs(again);
  if (session.value === undefined) {
    return session.failure === undefined ? (
      <Loading />
    ) : (
      <main class="trouble">
        <h1>The service does not answer</h1>
        <p role="alert">{session.failure.message}</p>
        <button type="button" class="primary" onClick={again}>
          Try again
        </button>
      </main>
    );
  }
  const { role, login } = session.value;
  if (role === null && login !== 'none')
    return (
      <LoginForm
        login={login}
        onLogin={() => {
          sessionChanged();
          again();
        }}
      />
    );
  return (
    <SessionProvider value={session.value}>
      <NavigationProvider value={navigation}>
        <Triage onSessionLost={again} />
      </NavigationProvider>
    </SessionProvider>
  );
}
