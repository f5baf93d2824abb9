import type { TriageState } from '../../triage/answers.ts';
import type { TriageStatus } from '../../triage/status.ts';

/** A decision that somebody is writing, not sent yet. */
export interface Draft {
  readonly status: TriageStatus;
  /** Empty for nobody. */
  readonly assignee: string;
  readonly note: string;
}

export type DraftKey = keyof Draft;

export const draftKeys: readonly DraftKey[] = ['status', 'assignee', 'note'];

export function draftOf({ status, assignee, note }: TriageState): Draft {
  return { status, assignee: assignee ?? '', note };
}

/** What of the draft differs from what is stored, as the API takes it; undefined when nothing does. */
export function editOf(draft: Draft, stored: TriageState): Record<string, unknown> | undefined {
  const old = draftOf(stored);
  const edit: Record<string, unknown> = {};
  if (draft.status !== old.status) edit['status'] = draft.status;
  if (draft.assignee.trim() !== old.assignee) edit['assignee'] = draft.assignee.trim() || null;
  if (draft.note !== old.note) edit['note'] = draft.note;
  return Object.keys(edit).length === 0 ? undefined : edit;
}

export interface Rebased {
  readonly draft: Draft;
  /** What both changed, differently: the draft keeps mine, and the person is asked. */
  readonly disputed: readonly DraftKey[];
}

/** My draft, begun on `base`, on top of what somebody else stored meanwhile. What I left alone becomes theirs. */
export function rebased(mine: Draft, base: TriageState, theirs: TriageState): Rebased {
  const from = draftOf(base);
  const to = draftOf(theirs);
  const touched = draftKeys.filter((key) => mine[key] !== from[key]);
  const disputed = touched.filter((key) => to[key] !== from[key] && to[key] !== mine[key]);
  const kept = Object.fromEntries(touched.map((key) => [key, mine[key]]));
  return { draft: { ...to, ...kept }, disputed };
}

/** Both notes, theirs first; once where one has the other in it. */
export function bothNotes(theirs: string, mine: string): string {
  if (theirs.includes(mine)) return theirs;
  return mine.includes(theirs) ? mine : `${theirs.trimEnd()}\n\n${mine}`;
}
