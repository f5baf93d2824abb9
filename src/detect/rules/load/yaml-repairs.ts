import { parseAllDocuments, type Document } from 'yaml';

/** A text as the library takes it, and where each place of it stands in the text as it was. */
export interface TakenText {
  readonly text: string;
  readonly documents: readonly Document[];
  readonly originalOffset: (offset: number) => number;
}

/** Characters that are parsed again at most: some thousand repairs of a usual file. */
const maxParsedAgain = 20_000_000;

/** Deeper than any collection that is read. */
const deepIndent = ' '.repeat(200);

/**
 * Parses YAML with what yaml-cpp takes and the library does not: lines of quoted texts and of `[…]` and `{…}` that are not
 * indented deeper than their key, elements left empty (`[a,,b]` has a null), a last line that is a key alone, and what
 * stands behind a document's end (a document of its own; so are list items indented less than the first). Each is told
 * from the library's error and mended by putting something in. Where errors remain, the result is that of the text as it is.
 */
export function parseAsTaken(text: string, isTaken: IsTaken): TakenText {
  const unrepaired = { text, documents: parse(text), originalOffset: (offset: number) => offset };
  let found = firstError(unrepaired, isTaken);
  if (found === undefined) return unrepaired;
  const repairs = new Repairs(text);
  for (let budget = maxParsedAgain; budget > 0; budget -= text.length + 1000) {
    if (!repairs.add(insertionsFor(found.error, repairs.text, found.document))) return unrepaired;
    const taken = { text: repairs.text, documents: parse(repairs.text) };
    found = firstError(taken, isTaken);
    if (found === undefined) return { ...taken, originalOffset: (offset) => repairs.originalOffset(offset) };
  }
  return unrepaired;
}

/** Whether the library reports the error and reads the text all the same. */
type IsTaken = (error: YamlError, text: string) => boolean;

export interface YamlError {
  readonly code: string;
  readonly message: string;
  readonly pos: [number, number];
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

function parse(text: string): readonly Document[] {
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    merge: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  return 'empty' in documents ? [] : documents;
}

function firstError(
  { text, documents }: Pick<TakenText, 'text' | 'documents'>,
  isTaken: IsTaken,
): { readonly error: YamlError; readonly document: Document } | undefined {
  for (const document of documents) {
    const error = document.errors.find((one) => !isTaken(one, text));
    if (error !== undefined) return { error, document };
  }
  return undefined;
}

function insertionsFor({ message, pos: [at] }: YamlError, text: string, document: Document): readonly Insertion[] {
  const quote = /^Missing closing (["'])quote/.exec(message)?.[1];
  if (quote !== undefined) return indentQuoted(text, at, quote);
  if (/^Flow (?:sequence|map) in block collection must be sufficiently indented/.test(message)) {
    const line = lineStart(text, at);
    return line >= text.length || isDocumentMarker(text, line) ? [] : [{ at: line, text: deepIndent }];
  }
  if (message === 'Unexpected , in flow sequence') return [{ at, text: '~' }];
  if (message === 'Implicit map keys need to be followed by map values') return valueOrKey(text, at);
  const { range } = document.contents ?? {};
  if (/^Unexpected .* at node end$/.test(message) && range && range[1] <= at) {
    const before = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
    if (before === '' && text.charAt(at) === '%') return commentDirectives(text, at);
    // yaml-cpp takes no tab for indentation.
    return before.startsWith('\t') ? [] : [{ at, text: `\n---\n${' '.repeat(before.length)}` }];
  }
  return [];
}

/** yaml-cpp takes lines that begin with `%` behind a document for directives of the next one, be there one or not, and passes over those it does not know. */
function commentDirectives(text: string, from: number): readonly Insertion[] {
  const insertions: Insertion[] = [];
  const passedOver = /(?:(%)(?!YAML|TAG)[^\n]*|[ \t]*(?:#[^\n]*)?\r?)(?:\n|$)/y;
  let at = from;
  while (at < text.length) {
    passedOver.lastIndex = at;
    const line = passedOver.exec(text);
    if (!line) break;
    if (line[1] !== undefined) insertions.push({ at, text: '#' });
    at = passedOver.lastIndex;
  }
  const [first, ...further] = insertions;
  return first && !isDocumentMarker(text, at) ? [{ at: from, text: '---\n#' }, ...further] : insertions;
}

/** A value that stands on its own line no deeper than its key; or the file's last line, which is a key without a value. */
function valueOrKey(text: string, at: number): readonly Insertion[] {
  const line = lineStart(text, at);
  if (/^[[{|>]/.test(text.slice(at, at + 1)) && /:\s*$/.test(text.slice(Math.max(0, line - 200), at))) {
    return [{ at: line, text: deepIndent }];
  }
  const last = /^([\w.-][^\n]*?)\s*$/.exec(text.slice(at, at + 1000));
  return last?.[1] !== undefined && at + last[0].length === text.length ? [{ at: at + last[1].length, text: ':' }] : [];
}

/** Indents the lines from where the library ended the quoted text to where it ends. */
function indentQuoted(text: string, from: number, quote: string): readonly Insertion[] {
  const insertions: Insertion[] = [];
  for (let at = from; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\n') {
      if (isDocumentMarker(text, at + 1)) return [];
      if (text.charAt(at + 1) !== '\n') insertions.push({ at: at + 1, text: deepIndent });
    } else if (char === '\\' && quote === '"') at++;
    else if (char === quote) {
      if (quote === '"' || text.charAt(at + 1) !== quote) return insertions;
      at++;
    }
  }
  return [];
}

/** The line that `at` stands in or, where `at` is a line's end, the next one. */
function lineStart(text: string, at: number): number {
  return text.charAt(at) === '\n' ? at + 1 : text.lastIndexOf('\n', at - 1) + 1;
}

function isDocumentMarker(text: string, at: number): boolean {
  return /^(?:---|\.\.\.)(?:\s|$)/.test(text.slice(at, at + 4));
}

/** A text with insertions, and the way back. */
class Repairs {
  text: string;
  readonly #original: string;
  /** By their places in the original text, in order. */
  #insertions: readonly Insertion[] = [];

  constructor(original: string) {
    this.text = original;
    this.#original = original;
  }

  /** `insertions`: by their places in `text`. False where nothing new is put in. */
  add(insertions: readonly Insertion[]): boolean {
    const known = new Set(this.#insertions.map(({ at }) => at));
    const added = insertions
      .map(({ at, text }) => ({ at: this.originalOffset(at), text }))
      .filter(({ at }) => !known.has(at));
    if (added.length === 0) return false;
    this.#insertions = [...this.#insertions, ...added].sort((a, b) => a.at - b.at);
    let text = '';
    let taken = 0;
    for (const insertion of this.#insertions) {
      text += this.#original.slice(taken, insertion.at) + insertion.text;
      taken = insertion.at;
    }
    this.text = text + this.#original.slice(taken);
    return true;
  }

  originalOffset(offset: number): number {
    let inserted = 0;
    for (const { at, text } of this.#insertions) {
      if (offset <= at + inserted) break;
      if (offset < at + inserted + text.length) return at;
      inserted += text.length;
    }
    return offset - inserted;
  }
}
