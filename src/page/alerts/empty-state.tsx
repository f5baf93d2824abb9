import { home } from '../place/place.ts';
import { PlaceLink } from '../place/place-link.tsx';
import { CopyButton } from '../shown/copy-button.tsx';
import './empty-state.css';

/** No alert at all yet: how to get the first one. */
export function NoAlertsYet() {
  const origin = location.origin;
  return (
    <section class="empty-state">
      <h2>No alerts yet</h2>
      <p>
        This page shows alerts as they come in; it is connected and waiting. Send a test alert through the whole
        service:
      </p>
      <Command text={`curl -X POST ${origin}/test`} />
      <p>Point a Falco at it, in falco.yaml:</p>
      <Command text={`json_output: true\nhttp_output:\n  enabled: true\n  url: ${origin}/`} />
      <p>
        Or let it read load balancer logs: list them under <code>sources</code> in its config, or try rules on files
        first with
      </p>
      <Command text="npx elb-sidekick scan FILE…" />
      <p>
        Where the service asks for a token, give curl <code>-H 'Authorization: Bearer TOKEN'</code> and write{' '}
        <code>falco:TOKEN@</code> before the host in Falco's URL.
      </p>
    </section>
  );
}

export function NothingMatches() {
  return (
    <section class="empty-state">
      <h2>No alert matches</h2>
      <p>
        Take filters away one by one above, or <PlaceLink to={home}>show all alerts</PlaceLink>.
      </p>
    </section>
  );
}

function Command({ text }: { readonly text: string }) {
  return (
    <div class="command">
      <pre>{text}</pre>
      <CopyButton text={text} what="Copy" />
    </div>
  );
}
