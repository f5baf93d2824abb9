import { describe, expect, it } from 'vitest';
import { bothNotes, draftOf, editOf, rebased } from '../../src/page/detail/draft.ts';
import type { TriageState } from '../../src/triage/answers.ts';

const base: TriageState = { id: 'a', status: 'new', assignee: null, note: 'seen', version: 1, history: [] };
const theirs = (change: Partial<TriageState>): TriageState => ({ ...base, version: 2, ...change });

describe('a draft of a decision', () => {
  it('sends only what was changed; nobody is null', () => {
    expect(editOf(draftOf(base), base)).toBeUndefined();
    expect(editOf({ ...draftOf(base), status: 'investigating' }, base)).toEqual({ status: 'investigating' });
    const held = { ...base, assignee: 'ann' };
    expect(editOf({ ...draftOf(held), assignee: ' ' }, held)).toEqual({ assignee: null });
  });

  it('takes over what the other one changed and I left alone', () => {
    const mine = { ...draftOf(base), note: 'mine' };
    expect(rebased(mine, base, theirs({ status: 'true_positive', assignee: 'bob' }))).toEqual({
      draft: { status: 'true_positive', assignee: 'bob', note: 'mine' },
      disputed: [],
    });
  });

  it('keeps mine and asks where both changed the same', () => {
    const mine = { ...draftOf(base), note: 'mine' };
    expect(rebased(mine, base, theirs({ note: 'theirs' }))).toEqual({ draft: mine, disputed: ['note'] });
  });

  it('asks nothing where both came to the same', () => {
    const mine = { ...draftOf(base), status: 'false_positive' as const };
    expect(rebased(mine, base, theirs({ status: 'false_positive' })).disputed).toEqual([]);
  });

  it('puts two notes together, and one that has the other in it stays as it is', () => {
    expect(bothNotes('theirs\n', 'mine')).toBe('theirs\n\nmine');
    expect(bothNotes('a and b', 'b')).toBe('a and b');
    expect(bothNotes('a', 'a and b')).toBe('a and b');
  });
});
