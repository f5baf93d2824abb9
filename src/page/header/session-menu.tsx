import { useRef } from 'preact/hooks';
import { attribution } from '../../geoip/attribution.ts';
import { request } from '../api/request.ts';
import { sessionChanged, useSession } from '../session/session.ts';
import { ForeignText } from '../shown/foreign-text.tsx';
import { Icon } from '../shown/icon.tsx';
import { useDismiss } from '../shown/use-dismiss.ts';

/** Who is logged in, and the way out; and what the place of clients rests on, which its licence wants to be said. */
export function SessionMenu() {
  const { user, role, login, version } = useSession();
  const box = useRef<HTMLDetailsElement>(null);
  useDismiss(box);
  return (
    <details class="menu" ref={box}>
      <summary class="icon-button" aria-label="About and login" title="About and login">
        <Icon name="person" />
      </summary>
      <div class="menu-body">
        <p>
          {user === null ? 'Not logged in' : <ForeignText text={user} max={60} brief />}
          {role === 'read-only' && ', may read only'}
        </p>
        {login !== 'none' && (
          <button type="button" onClick={() => void logout()}>
            Log out
          </button>
        )}
        <p class="about">
          elb-sidekick {version}
          <br />
          <a href="/readyz">readiness</a> <a href="/metrics">metrics</a> <a href="/api/openapi.json">API</a>
        </p>
        <p class="about">
          <a href={attribution.url} rel="noreferrer">
            {attribution.text}
          </a>
          ,{' '}
          <a href={attribution.licenceUrl} rel="noreferrer">
            {attribution.licence}
          </a>
        </p>
      </div>
    </details>
  );
}

async function logout(): Promise<void> {
  await request('POST', '/logout', {});
  sessionChanged();
  location.reload();
}
