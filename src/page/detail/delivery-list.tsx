import type { Delivery } from '../../triage/answers.ts';
import { plural } from '../shown/count.ts';
import { ForeignText } from '../shown/foreign-text.tsx';
import { utc } from '../shown/moment.ts';
import './delivery-list.css';

const states: Readonly<Record<Delivery['state'], string>> = {
  delivered: 'delivered',
  pending: 'on its way',
  dead: 'not delivered',
  muted: 'muted',
  grouped: 'told of in a summary',
  handled: 'handled',
};

/** Which outputs heard of the alert, by which route, when, after how many tries. */
export function DeliveryList({ delivery }: { readonly delivery: readonly Delivery[] }) {
  if (delivery.length === 0) return <p>No output takes this alert: no route leads to one.</p>;
  return (
    <ul class="delivery">
      {delivery.map(({ output, route, state, at, tries, reason }) => (
        <li key={output}>
          <b>
            <ForeignText text={output} max={60} brief />
          </b>
          <span class={`delivery-state delivery-${state}`}>{states[state]}</span>
          <span class="delivery-more">
            {at !== undefined && `${utc(at)} UTC`}
            {tries !== undefined && tries > 1 && `, ${plural(tries, 'try', 'tries')}`}
            {route !== undefined && (
              <>
                {at !== undefined && ', '}by route <ForeignText text={route} max={80} brief />
              </>
            )}
            {reason !== undefined && (
              <>
                : <ForeignText text={reason} max={300} />
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
