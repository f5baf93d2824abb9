/** A run of text as it is, or one character that would not be seen, or would move others, by its name. */
export interface Piece {
  readonly text: string;
  readonly hidden: boolean;
}

/**
 * C0 and C1 controls except line feed and tab, marks and overrides of direction, zero-width characters, line and
 * paragraph separators, interlinear and tag characters, lone surrogates.
 */
const hiddenCharacters =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

const names: Readonly<Record<string, string>> = {
  '\r': '\\r',
  '\u001b': 'ESC',
  '\u0000': 'NUL',
  '\u007f': 'DEL',
};

/** Splits hostile text into what can be shown as it is and the names of what cannot. */
export function visiblePieces(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(hiddenCharacters)) {
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), hidden: false });
    pieces.push({ text: nameOf(match[0]), hidden: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), hidden: false });
  return pieces;
}

function nameOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return names[character] ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** At most `max` UTF-16 units from the start, no surrogate pair cut in two. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
}
