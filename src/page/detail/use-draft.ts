import { useEffect, useReducer, useState } from 'preact/hooks';
import type { TriageState } from '../../triage/answers.ts';
import { Failure, failureOf, request } from '../api/request.ts';
import { type Draft, type DraftKey, draftOf, editOf, rebased } from './draft.ts';

interface Desk {
  /** What the service has, as far as this page knows. */
  readonly stored: TriageState;
  readonly draft: Draft;
  readonly disputed: readonly DraftKey[];
}

type Step =
  | { readonly kind: 'write'; readonly part: Partial<Draft> }
  | { readonly kind: 'theirs'; readonly stored: TriageState }
  | { readonly kind: 'saved'; readonly stored: TriageState };

/** Drafts outlive the panel: whoever looks at a neighbour comes back to what they wrote. */
const unsent = new Map<string, Desk>();

export interface DraftDesk extends Desk {
  readonly changed: boolean;
  readonly saving: boolean;
  readonly failure: Failure | undefined;
  write(this: void, part: Partial<Draft>): void;
  /** Does nothing while something is disputed: it would overwrite what the other one wrote. */
  save(this: void): Promise<void>;
}

/** The decision on one alert as it is being written, and what becomes of it when somebody else decides at the same time. */
export function useDraft(current: TriageState, onSaved: (state: TriageState) => void): DraftDesk {
  const [desk, step] = useReducer(stepped, current, begun);
  const [saving, setSaving] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  useEffect(() => step({ kind: 'theirs', stored: current }), [current]);
  const edit = editOf(desk.draft, desk.stored);
  useEffect(() => {
    if (edit === undefined) unsent.delete(desk.stored.id);
    else unsent.set(desk.stored.id, desk);
  });
  const send = async (from: Desk, again: boolean): Promise<void> => {
    const change = editOf(from.draft, from.stored);
    if (change === undefined) return;
    const path = `/api/alerts/${encodeURIComponent(from.stored.id)}`;
    try {
      const stored = await request<TriageState>('PATCH', path, { version: from.stored.version, ...change });
      step({ kind: 'saved', stored });
      onSaved(stored);
    } catch (error) {
      const theirs = error instanceof Failure && error.status === 409 ? currentIn(error.body) : undefined;
      if (theirs === undefined) throw error;
      const next = stepped(from, { kind: 'theirs', stored: theirs });
      step({ kind: 'theirs', stored: theirs });
      // They changed something else: both changes can stand, and nobody needs to be asked.
      if (next.disputed.length === 0 && again) await send(next, false);
    }
  };
  return {
    ...desk,
    changed: edit !== undefined,
    saving,
    failure,
    write: (part) => step({ kind: 'write', part }),
    save: async () => {
      if (desk.disputed.length > 0) return;
      setSaving(true);
      setFailure(undefined);
      try {
        await send(desk, true);
      } catch (error) {
        setFailure(failureOf(error));
      } finally {
        setSaving(false);
      }
    },
  };
}

function begun(current: TriageState): Desk {
  const left = unsent.get(current.id);
  return left ?? { stored: current, draft: draftOf(current), disputed: [] };
}

function stepped(desk: Desk, step: Step): Desk {
  switch (step.kind) {
    case 'write': {
      const draft = { ...desk.draft, ...step.part };
      // Whoever writes into a disputed part has seen the other's.
      return { ...desk, draft, disputed: desk.disputed.filter((key) => !(key in step.part)) };
    }
    case 'theirs': {
      if (step.stored.version <= desk.stored.version) return desk;
      const { draft, disputed } = rebased(desk.draft, desk.stored, step.stored);
      return { stored: step.stored, draft, disputed: [...new Set([...desk.disputed, ...disputed])] };
    }
    case 'saved':
      return { stored: step.stored, draft: draftOf(step.stored), disputed: [] };
  }
}

function currentIn(body: unknown): TriageState | undefined {
  if (typeof body !== 'object' || body === null || !('current' in body)) return undefined;
  return body.current as TriageState;
}
