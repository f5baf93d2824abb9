// Falco's own form, days 29 to 31 aside: those depend on the month and take the long way.
const falco = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{9}Z$/;
const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)$/;

/**
 * The same instant as an alert's `time` has it: RFC 3339 in UTC with nine decimals, so that times sort as texts.
 * Falco's own form comes back unchanged. Undefined when the text is no such time or names a day that does not exist.
 */
export function alertTime(text: string): string | undefined {
  if (falco.test(text)) return text;
  const match = rfc3339.exec(text);
  if (match === null) return undefined;
  const [, second = '', fraction = '', zone = 'Z'] = match;
  const utcMs = Date.parse(`${second}Z`);
  // The engine reads 30 February as 2 March.
  if (Number.isNaN(utcMs) || new Date(utcMs).toISOString().slice(0, 19) !== second) return undefined;
  const offsetMs = zone === 'Z' ? 0 : zoneOffsetMs(zone);
  if (offsetMs === undefined) return undefined;
  if (offsetMs === 0 && zone === 'Z' && fraction.length === 9) return text;
  const start = new Date(utcMs - offsetMs).toISOString();
  return start.length === 24 ? `${start.slice(0, 19)}.${fraction.padEnd(9, '0')}Z` : undefined;
}

function zoneOffsetMs(zone: string): number | undefined {
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

// The years that RFC 3339 can write.
const firstMs = Date.parse('0000-01-01T00:00:00Z');
const lastMs = Date.parse('9999-12-31T23:59:59Z');

/** The time of an instant in milliseconds since the Unix epoch; undefined outside the years 0000 to 9999. */
export function alertTimeOfMs(ms: number): string | undefined {
  if (!(ms >= firstMs && ms <= lastMs)) return undefined;
  return `${new Date(Math.floor(ms)).toISOString().slice(0, 23)}000000Z`;
}

// An alert asks for its event's time several times, and the lines of a log come by the second.
let lastNs = 0n;
let lastText: string | undefined = '1970-01-01T00:00:00.000000000Z';
let lastSecondNs = 0n;
let lastStart: string | undefined = '1970-01-01T00:00:00.';

/** The time of an instant in nanoseconds since the Unix epoch, Falco's `evt.time`; undefined outside the years 0000 to 9999. */
export function alertTimeOfNs(ns: bigint): string | undefined {
  if (ns === lastNs) return lastText;
  let nanos = Number(ns - lastSecondNs);
  if (!(nanos >= 0 && nanos < 1e9)) {
    const second = ns >= 0n ? ns / 1_000_000_000n : (ns - 999_999_999n) / 1_000_000_000n;
    lastSecondNs = second * 1_000_000_000n;
    lastStart = alertTimeOfMs(Number(second) * 1000)?.slice(0, 20);
    nanos = Number(ns - lastSecondNs);
  }
  lastNs = ns;
  lastText = lastStart && `${lastStart}${String(nanos).padStart(9, '0')}Z`;
  return lastText;
}
