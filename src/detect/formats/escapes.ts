/**
 * AWS writes `"`, `\`, control and non-ASCII bytes of quoted columns as `\xHH`; one real line has `\x00000022`. Classic
 * balancers write a quote as `\"`. Rules match what the client sent, so both are undone, once and from left to right.
 * `\x00` stays written out: Falco's strings end at a NUL, so an attacker could hide the rest of a value behind one.
 */
export function unescaped(text: string): string {
  const first = text.indexOf('\\');
  return first < 0 ? text : undoEscapes(text, first);
}

const escape = /\\(?:"|x(?:000000)?([0-9A-Fa-f]{2}))/g;

function undoEscapes(text: string, first: number): string {
  return (
    text.slice(0, first) +
    text.slice(first).replace(escape, (written, hex: string | undefined) => {
      if (hex === undefined) return '"';
      return hex === '00' ? written : String.fromCharCode(Number.parseInt(hex, 16));
    })
  );
}
