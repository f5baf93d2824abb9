/** A line of a condition laid out: how deep it stands, and its words. */
export interface ConditionLine {
  readonly depth: number;
  readonly words: readonly ConditionWord[];
}

export interface ConditionWord {
  readonly text: string;
  readonly kind: 'logic' | 'operator' | 'field' | 'value' | 'bracket';
}

const word = /\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[()]|,|(?:!=|<=|>=|[=<>])|[^\s()="'<>!,]+|.)/gs;
const logic = new Set(['and', 'or', 'not']);
const operators = new Set(
  (
    '= != < <= > >= contains icontains bcontains startswith bstartswith endswith ' +
    'in intersects pmatch glob iglob regex exists'
  ).split(' '),
);

/** Lays a condition out: a line for each part between `and` and `or`, parts in brackets further in. Lists stay on their line. */
export function conditionLines(condition: string): readonly ConditionLine[] {
  const lines: { depth: number; words: ConditionWord[] }[] = [{ depth: 0, words: [] }];
  // What each open bracket is: a list after `in` and its like, or a part of the condition.
  const open: ('list' | 'part')[] = [];
  const depth = (): number => open.filter((kind) => kind === 'part').length;
  const inList = (): boolean => open.at(-1) === 'list';
  const line = (): { depth: number; words: ConditionWord[] } => {
    const last = lines.at(-1);
    if (last !== undefined) return last;
    throw new Error('there is a line from the start');
  };
  const newLine = (): void => {
    if (line().words.length > 0) lines.push({ depth: depth(), words: [] });
    else line().depth = depth();
  };
  let before = '';
  for (const [, text = ''] of unwrapped(condition).matchAll(word)) {
    if (text.trim() === '') continue;
    const lower = text.toLowerCase();
    if (text === '(') {
      const kind = operators.has(before) ? 'list' : 'part';
      line().words.push({ text, kind: 'bracket' });
      open.push(kind);
      if (kind === 'part') newLine();
    } else if (text === ')') {
      const kind = open.pop();
      if (kind === 'part') newLine();
      line().words.push({ text, kind: 'bracket' });
    } else if (logic.has(lower) && !inList()) {
      if (lower !== 'not') newLine();
      line().words.push({ text, kind: 'logic' });
    } else line().words.push({ text, kind: kindOf(text, lower, inList(), before) });
    before = lower;
  }
  return lines.filter(({ words }) => words.length > 0);
}

/** Without brackets around the whole of it. */
function unwrapped(condition: string): string {
  const text = condition.trim();
  if (!text.startsWith('(')) return text;
  let depth = 0;
  for (const { 1: part = '', index } of text.matchAll(word)) {
    if (part === '(') depth++;
    if (part === ')') depth--;
    if (depth === 0)
      return index + part.length >= text.length - 1 && part === ')' ? unwrapped(text.slice(1, -1)) : text;
  }
  return text;
}

/** The fields that a condition looks at, each once, in its order. */
export function conditionFields(condition: string): readonly string[] {
  const names = conditionLines(condition).flatMap(({ words }) => words.filter(({ kind }) => kind === 'field'));
  return [...new Set(names.map(({ text }) => text))];
}

function kindOf(text: string, lower: string, inList: boolean, before: string): ConditionWord['kind'] {
  if (text === ',') return 'bracket';
  if (inList) return 'value';
  if (operators.has(lower)) return 'operator';
  return operators.has(before) ? 'value' : 'field';
}
