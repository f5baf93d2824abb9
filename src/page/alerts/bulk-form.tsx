import { useEffect, useRef, useState } from 'preact/hooks';
import type { BulkResult, TriageState } from '../../triage/answers.ts';
import type { TriageStatus } from '../../triage/status.ts';
import { failureOf, request } from '../api/request.ts';
import { decideOne } from '../api/decide-one.ts';
import { filterBody } from '../place/filter.ts';
import { useNavigation } from '../place/use-place.ts';
import { count, plural } from '../shown/count.ts';
import { statusNames } from '../shown/status-mark.tsx';
import { triageStatuses } from './statuses.ts';
import './bulk-form.css';

interface BulkFormProps {
  /** Empty: all that the filter matches. */
  readonly marked: ReadonlySet<string>;
  /** How many the filter matches. */
  readonly total: number;
  /** The newest alert that the person saw: what came later is not decided with the rest. */
  readonly newest: number | undefined;
  readonly onDone: () => void;
  readonly onDecided: (state: TriageState) => void;
}

/** One decision for many alerts: those that are marked, or all that the filter matches. */
export function BulkForm({ marked, total, newest, onDone, onDecided }: BulkFormProps) {
  const { place } = useNavigation();
  const first = useRef<HTMLSelectElement>(null);
  const [status, setStatus] = useState<TriageStatus>();
  const [assignee, setAssignee] = useState('');
  const [note, setNote] = useState('');
  const [told, setTold] = useState('');
  const [busy, setBusy] = useState(false);
  const all = marked.size === 0;
  const many = all ? total : marked.size;
  const edit = {
    ...(status === undefined ? {} : { status }),
    ...(assignee.trim() === '' ? {} : { assignee: assignee.trim() }),
    ...(note.trim() === '' ? {} : { note: note.trim() }),
  };
  const says = Object.keys(edit).length > 0;
  // Who asked for all wants to go on here; who marks one alert goes on marking.
  useEffect(() => {
    if (all) first.current?.focus();
  }, [all]);

  const decideMarked = async (): Promise<void> => {
    let done = 0;
    for (const id of marked) {
      onDecided(await decideOne(id, edit));
      setTold(`${count(++done)} of ${count(marked.size)}`);
    }
  };
  const decideAll = async (): Promise<void> => {
    let changed = 0;
    let remaining: number;
    do {
      const body = { filter: filterBody(place.filter), ...edit, ...(newest === undefined ? {} : { before: newest }) };
      const result = await request<BulkResult>('POST', '/api/triage', body);
      changed += result.changed;
      remaining = result.changed === 0 ? 0 : result.remaining;
      setTold(`${count(changed)} decided${remaining > 0 ? `, ${count(remaining)} to go` : ''}`);
    } while (remaining > 0);
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await (all ? decideAll() : decideMarked());
      onDone();
    } catch (error) {
      setTold(`Stopped: ${failureOf(error).message}`);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="bulk" aria-label="Decide on many" onSubmit={(event) => void submit(event)}>
      <b>{all ? `All ${plural(total, 'alert')} of this filter` : `${count(marked.size)} marked`}</b>
      <label>
        Status{' '}
        <select
          ref={first}
          value={status ?? ''}
          onChange={({ currentTarget: { value } }) => setStatus(triageStatuses.find((each) => each === value))}
        >
          <option value="">as it is</option>
          {triageStatuses.map((each) => (
            <option key={each} value={each}>
              {statusNames[each]}
            </option>
          ))}
        </select>
      </label>
      <label>
        Assignee{' '}
        <input
          autocomplete="off"
          maxLength={200}
          placeholder="as it is"
          value={assignee}
          onInput={({ currentTarget }) => setAssignee(currentTarget.value)}
        />
      </label>
      <label class="bulk-note">
        Note{' '}
        <input
          autocomplete="off"
          maxLength={10_000}
          placeholder="as it is"
          value={note}
          onInput={({ currentTarget }) => setNote(currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" disabled={busy || many === 0 || !says}>
        Decide {count(many)}
      </button>
      <button type="button" onClick={onDone} disabled={busy}>
        Cancel
      </button>
      <span role="status">{told}</span>
    </form>
  );
}
