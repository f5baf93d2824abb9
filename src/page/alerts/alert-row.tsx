import { priorities } from '../../alert/priority.ts';
import type { AlertRow as Row } from '../../triage/answers.ts';
import type { Place } from '../place/place.ts';
import { PlaceLink } from '../place/place-link.tsx';
import { Client } from '../shown/client.tsx';
import { ForeignText } from '../shown/foreign-text.tsx';
import { utc } from '../shown/moment.ts';
import { PriorityBadge } from '../shown/priority-badge.tsx';
import { StatusMark } from '../shown/status-mark.tsx';
import './alert-row.css';

interface AlertRowProps {
  readonly row: Row;
  readonly to: Place;
  readonly open: boolean;
  readonly marked: boolean;
  /** Absent for who may only read. */
  readonly onMark?: ((id: string) => void) | undefined;
}

/** One alert in a line; on a phone in three. The whole of it is the link to the alert. */
export function AlertRow({ row, to, open, marked, onMark }: AlertRowProps) {
  const ms = Date.parse(row.time);
  return (
    <li class={`alert-row${open ? ' open' : ''}${marked ? ' marked' : ''}${row.status === 'new' ? '' : ' decided'}`}>
      {onMark !== undefined && (
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={`Mark ${row.rule}`}
          checked={marked}
          onChange={() => onMark(row.id)}
        />
      )}
      <PlaceLink to={to} class="alert-link" data-alert={row.id} aria-current={open ? 'true' : undefined}>
        <PriorityBadge priority={row.priority} />
        <time class="mono" dateTime={row.time} title={`${utc(ms)} UTC`}>
          {utc(ms).slice(11)}
        </time>
        <StatusMark status={row.status} />
        <span class="row-rule">
          <ForeignText text={row.rule} max={120} brief />
          {row.assignee !== undefined && (
            <span class="row-assignee">
              <span class="unseen">, assigned to </span>
              <ForeignText text={row.assignee} max={30} brief />
            </span>
          )}
        </span>
        <Client row={row} />
        <span class="row-request mono">
          <Request row={row} />
        </span>
        <span class="row-balancer mono">
          {row.balancer !== undefined && <ForeignText text={shortBalancer(row.balancer)} max={60} brief />}
        </span>
      </PlaceLink>
    </li>
  );
}

/** The time and priority that Falco prints in front; the row has both already. */
const stamp = new RegExp(`^\\S+: (?:${priorities.join('|')}) `);

function Request({ row }: { readonly row: Row }) {
  const { method, path, statusCode } = row;
  if (path === undefined) return <ForeignText text={withoutRow(row)} max={200} brief />;
  return (
    <>
      {statusCode !== undefined && <b class="row-code">{statusCode}</b>}
      {method !== undefined && (
        <>
          <ForeignText text={method} max={12} brief />{' '}
        </>
      )}
      <ForeignText text={path} max={200} brief />
    </>
  );
}

/** What Falco printed, less what the row says beside it: the rule's name, the client. */
function withoutRow({ output, rule }: Row): string {
  const said = output.replace(stamp, '');
  const fields = said.slice(0, rule.length).toLowerCase() === rule.toLowerCase() ? said.slice(rule.length).trim() : '';
  if (!fields.startsWith('(')) return said;
  return fields.replace(/^\((?:client=\S+ )?(?:country=\S+ )?/, '').replace(/\)$/, '');
}

/** app/shop-prod/8f3b1c2d4e5f6071 is shop-prod to people. */
function shortBalancer(name: string): string {
  return /^(?:app|net)\/([^/]+)\//.exec(name)?.[1] ?? name;
}
