/** Controls (C0, DEL, C1), line and paragraph separators, and the marks that turn the direction of text around. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * Text from outside as it may stand on one line of a terminal or a log: a control character, which could move the cursor,
 * ring, recolour or retitle, becomes its escape `\x1b`, `\u202e`, `\n`. Everything else stays as it is.
 */
export function printable(text: string): string {
  return text.replace(unprintable, escaped);
}

/** JSON may hold C1 controls and direction marks as they are; escaped they mean the same and a terminal shows them harmlessly. */
export function printableJson(json: string): string {
  return json.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** As `printable`, in double quotes and with at most `max` characters of the text. */
export function quoted(text: string, max = 80): string {
  return `"${printable(text.length > max ? `${text.slice(0, max)}…` : text)}"`;
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
