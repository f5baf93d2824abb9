/**
 * Byte strings. Falco compares, measures and cuts bytes, JavaScript strings hold UTF-16. Inside `detect/` every string
 * taken from a log line is therefore a byte string: one character (U+0000–U+00FF) for each byte of the UTF-8 text, as
 * `Buffer.toString('latin1')` gives it. Then `<`, `.length`, `.includes` and `.slice` are Falco's own byte semantics.
 * For ASCII, nearly everything in an ELB log, a byte string and its text are the same string.
 */
const beyondAscii = /[\u0080-\uffff]/;

/** The text that a byte string spells; bytes that are not UTF-8 become U+FFFD. */
export function textOfBytes(bytes: string): string {
  return beyondAscii.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}

/** The byte string of a text (its UTF-8 bytes, one character each). */
export function bytesOfText(text: string): string {
  return beyondAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}
