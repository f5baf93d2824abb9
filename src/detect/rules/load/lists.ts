import { LoadError } from './load-error.ts';
import type { Context } from './context.ts';
import { type Piece, SourcedText } from './sourced-text.ts';

/** A condition may grow to this many characters by its lists: lists of lists can grow without bound otherwise. */
export const maxExpandedLength = 2 * 1024 * 1024;

/** A list as conditions see it. */
export interface CollectedList {
  readonly name: string;
  readonly items: readonly string[];
  /** Position of its first definition and of its last (re)definition or append among all items of all files. */
  readonly index: number;
  readonly visibility: number;
  readonly context: Context;
}

export interface CompiledList {
  readonly name: string;
  readonly items: readonly string[];
  /** What stands in a condition for the list's name. */
  readonly text: string;
  readonly context: Context;
  used: boolean;
}

/**
 * The pass `lists`, first half: an item that is the name of another list becomes that list's own items, one level deep
 * and only if the other list was first defined before this one's last change. That is all Falco resolves here.
 */
export function compileLists(lists: ReadonlyMap<string, CollectedList>): CompiledList[] {
  const used = new Set<string>();
  const compiled = [...lists.values()].map((list): CompiledList => {
    const items = list.items.flatMap((item) => {
      const other = lists.get(item);
      if (!other || other.index >= list.visibility) return [item];
      used.add(item);
      return other.items;
    });
    return { name: list.name, items, text: joinItems(items), context: list.context, used: false };
  });
  for (const list of compiled) list.used = used.has(list.name);
  return compiled;
}

/** Falco puts an item with a blank in quotes and does not escape the quotes inside it. */
export function quoteItem(item: string): string {
  return item.includes(' ') && !item.startsWith('"') && !item.startsWith("'") ? `"${item}"` : item;
}

/** An empty item adds nothing, not even a comma while the text is still empty: `['', a]` is `a`, `[a, '']` is `a, `. */
function joinItems(items: readonly string[]): string {
  const from = items.findIndex((item) => item !== '');
  return from === -1 ? '' : items.slice(from).map(quoteItem).join(', ');
}

const blanks = ' \t\n\r';
const delimiters = `${blanks}(),=`;

/**
 * The pass `lists`, second half: textually, before anything is parsed, every list's name that stands between
 * delimiters is replaced by the list's items, list after list in the order of their first definition. This reaches into
 * quoted strings, and into the items of lists that came before, as in Falco.
 *
 *     t.str in (a, mylist ,b)   →   t.str in (a, x, y ,b)
 */
export function expandLists(condition: SourcedText, lists: readonly CompiledList[], context: Context): SourcedText {
  let expanded = condition;
  for (const list of lists) expanded = expandList(expanded, list, context);
  return expanded;
}

function expandList(condition: SourcedText, list: CompiledList, context: Context): SourcedText {
  const { text } = condition;
  const out = new ExpandedText(context);
  let taken = 0;
  for (let at = text.indexOf(list.name); at !== -1; ) {
    let end = at + list.name.length;
    const delimited =
      (at === taken || delimiters.includes(text[at - 1]!)) && (end === text.length || delimiters.includes(text[end]!));
    if (!delimited) {
      at = text.indexOf(list.name, at + 1);
      continue;
    }
    list.used = true;
    for (const piece of condition.pieces(taken, at)) out.push(piece);
    out.trimBlanks();
    while (end < text.length && blanks.includes(text[end]!)) end++;
    if (list.text === '' && !out.dropComma() && text[end] === ',') end++;
    const { isEmpty } = out;
    out.push(condition.pieceFor(at, at + list.name.length, `${isEmpty ? '' : ' '}${list.text} `));
    taken = end;
    // At the very start of the text Falco searches on one character late.
    at = text.indexOf(list.name, isEmpty ? end + 1 : end);
  }
  if (taken === 0) return condition;
  for (const piece of condition.pieces(taken, text.length)) out.push(piece);
  return out.joined();
}

/** A condition while its lists are being put in. */
class ExpandedText {
  readonly #pieces: Piece[] = [];
  readonly #context: Context;
  #length = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  push(piece: Piece): void {
    if (piece.text === '') return;
    this.#pieces.push(piece);
    this.#length += piece.text.length;
    if (this.#length > maxExpandedLength) {
      const message = `The condition grows beyond ${maxExpandedLength} characters by its lists`;
      throw new LoadError('LOAD_ERR_COMPILE_CONDITION', message, this.#context);
    }
  }

  trimBlanks(): void {
    while (this.#pieces.length > 0 && this.#dropEnd(/[ \t\n\r]+$/)) continue;
  }

  dropComma(): boolean {
    return this.#dropEnd(/,$/);
  }

  joined(): SourcedText {
    return new SourcedText(this.#pieces);
  }

  #dropEnd(ending: RegExp): boolean {
    const last = this.#pieces.at(-1);
    const match = last && ending.exec(last.text);
    if (!last || !match) return false;
    this.#pieces.pop();
    this.#length -= last.text.length;
    this.push({ ...last, text: last.text.slice(0, match.index) });
    return true;
  }
}
