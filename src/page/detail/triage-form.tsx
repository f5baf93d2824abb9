import type { TriageState } from '../../triage/answers.ts';
import { triageStatuses } from '../alerts/statuses.ts';
import { useSession } from '../session/session.ts';
import { StatusMark } from '../shown/status-mark.tsx';
import { Dispute } from './dispute.tsx';
import { useDraft } from './use-draft.ts';
import './triage-form.css';

interface TriageFormProps {
  readonly current: TriageState;
  readonly onSaved: (state: TriageState) => void;
}

/** Status, assignee and note of an alert. Whoever may only read sees them and cannot change them. */
export function TriageForm({ current, onSaved }: TriageFormProps) {
  const desk = useDraft(current, onSaved);
  const { role, user } = useSession();
  const { draft, write, changed, saving, failure } = desk;
  const save = (event: Event): void => {
    event.preventDefault();
    void desk.save();
  };
  return (
    <form class="triage-form" onSubmit={save} aria-label="Decision" data-of={current.id}>
      <fieldset disabled={role !== 'triage'}>
        <div class="status-choice" role="radiogroup" aria-label="Status">
          {triageStatuses.map((status) => (
            <label key={status} class={draft.status === status ? 'chosen' : ''}>
              <input
                type="radio"
                name="status"
                value={status}
                checked={draft.status === status}
                onChange={() => write({ status })}
              />
              <StatusMark status={status} named />
            </label>
          ))}
        </div>
        <div class="assignee">
          <label for="assignee">Assignee</label>
          <input
            id="assignee"
            autocomplete="off"
            maxLength={200}
            placeholder="nobody"
            value={draft.assignee}
            onInput={({ currentTarget }) => write({ assignee: currentTarget.value })}
          />
          {role === 'triage' && user !== null && draft.assignee !== user && (
            <button type="button" class="quiet" onClick={() => write({ assignee: user })}>
              me
            </button>
          )}
        </div>
        <label class="note">
          <span>Note</span>
          <textarea
            rows={2}
            maxLength={10_000}
            placeholder="What you found, for whoever comes next"
            value={draft.note}
            onInput={({ currentTarget }) => write({ note: currentTarget.value })}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save(event);
            }}
          />
        </label>
        <Dispute desk={desk} />
        {failure !== undefined && (
          <p class="problem" role="alert">
            Not saved: {failure.message} What you wrote is still here.
          </p>
        )}
        {role === 'triage' ? (
          <div class="triage-actions">
            <button type="submit" class="primary" disabled={!changed || saving || desk.disputed.length > 0}>
              {saving ? 'Saving…' : 'Save'}
            </button>
            <span role="status">{changed ? 'Not saved yet' : current.version > 0 ? 'Saved' : ''}</span>
          </div>
        ) : (
          <p class="read-only">You may read only: your login does not decide.</p>
        )}
      </fieldset>
    </form>
  );
}
