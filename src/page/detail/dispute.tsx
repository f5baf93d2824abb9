import { ForeignText } from '../shown/foreign-text.tsx';
import { statusNames } from '../shown/status-mark.tsx';
import { bothNotes, type Draft, type DraftKey, draftOf } from './draft.ts';
import type { DraftDesk } from './use-draft.ts';
import './dispute.css';

/** Two people changed the same: shows theirs beside mine and lets one choose. Until then nothing is sent over theirs. */
export function Dispute({ desk: { stored, draft, disputed, write } }: { readonly desk: DraftDesk }) {
  if (disputed.length === 0) return null;
  const theirs = draftOf(stored);
  const who = stored.history.at(-1)?.who ?? 'Somebody';
  return (
    <div class="dispute" role="alert">
      <p>
        <b>
          <ForeignText text={who} max={60} brief />
        </b>{' '}
        changed this while you were writing. Nothing of yours is lost: choose what to save.
      </p>
      <ul>
        {disputed.map((key) => (
          <li key={key}>
            <span class="dispute-key">{key}</span>
            <span class="dispute-theirs">
              theirs: <ForeignText text={shown(key, theirs)} max={400} />
            </span>
            <span class="dispute-choice">
              <button type="button" onClick={() => write({ [key]: theirs[key] })}>
                Take theirs
              </button>
              {key === 'note' && (
                <button type="button" onClick={() => write({ note: bothNotes(theirs.note, draft.note) })}>
                  Keep both
                </button>
              )}
              <button type="button" onClick={() => write({ [key]: draft[key] })}>
                Keep mine
              </button>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function shown(key: DraftKey, draft: Draft): string {
  if (key === 'status') return statusNames[draft.status];
  return draft[key] || (key === 'assignee' ? 'nobody' : 'empty');
}
