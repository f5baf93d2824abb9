/** A run of text that should be one JSON value. */
export interface JsonPiece {
  readonly text: string;
  /** True for an element of an array. */
  readonly listed: boolean;
}

const blank = /[ \t\r\n]/;

/**
 * Cuts a text into its records without reading them: JSON values one after the other, a line each (NDJSON) or without
 * anything between them, and the elements of arrays at the top. What is no object comes as it stands, up to the end of its
 * line or to the next comma of its array, so that junk costs only itself. Linear in the text's length.
 */
export function* splitJson(text: string): Generator<JsonPiece> {
  let at = 0;
  let listed = false;
  while (at < text.length) {
    const character = text.charAt(at);
    if (blank.test(character) || (listed && character === ',')) at++;
    else if (listed && character === ']') {
      listed = false;
      at++;
    } else if (!listed && character === '[') {
      listed = true;
      at++;
    } else {
      const end =
        character === '{' || (listed && character === '[') ? endOfNested(text, at) : endOfJunk(text, at, listed);
      yield { text: text.slice(at, end), listed };
      at = end;
    }
  }
}

const quote = 0x22;
const backslash = 0x5c;

/** Behind the bracket that closes the one at `start`; the text's end where none does. */
function endOfNested(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfText(text, at) - 1;
        break;
      case 0x7b: // {
      case 0x5b: // [
        depth++;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        if (--depth === 0) return at + 1;
        break;
    }
  }
  return text.length;
}

/** Behind the quote that closes the one at `start`. */
function endOfText(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === backslash) escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
  return text.length;
}

function endOfJunk(text: string, start: number, listed: boolean): number {
  if (listed && text.charCodeAt(start) === quote) return endOfText(text, start);
  const stop = listed ? /[,\]\n]/g : /\n/g;
  stop.lastIndex = start;
  return stop.exec(text)?.index ?? text.length;
}
