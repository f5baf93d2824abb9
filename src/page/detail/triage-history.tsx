import type { TriageState } from '../../triage/answers.ts';
import { ForeignText } from '../shown/foreign-text.tsx';
import { utc } from '../shown/moment.ts';
import { StatusMark } from '../shown/status-mark.tsx';
import './triage-history.css';

/** Who decided what and when, the newest first. Notes that were overwritten are in it. */
export function TriageHistory({ history }: Pick<TriageState, 'history'>) {
  if (history.length === 0) return null;
  return (
    <ol class="history" aria-label="History">
      {[...history].reverse().map(({ at, who, status, assignee, note }, index) => (
        <li key={`${at} ${index}`}>
          <span class="history-when">{utc(at)}</span>
          <span>
            <b>
              <ForeignText text={who} max={60} brief />
            </b>{' '}
            {status !== undefined && <StatusMark status={status} named />}
            {assignee !== undefined && (
              <span>
                {status !== undefined && ', '}
                {assignee === null ? (
                  'assigned to nobody'
                ) : (
                  <>
                    assigned to <ForeignText text={assignee} max={60} brief />
                  </>
                )}
              </span>
            )}
            {note !== undefined && (
              <q class="history-note">
                <ForeignText text={note === '' ? '(note removed)' : note} />
              </q>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}
