/** Readers of numbers and times as AWS writes them, straight from the line. `start` and `end` bound one column. */

const zero = 0x30;
const nine = 0x39;
const dot = 0x2e;
const maxUint64 = 2n ** 64n - 1n;

/** A whole number of up to 64 bits; undefined for anything else. */
export function uintIn(line: string, start: number, end: number): number | bigint | undefined {
  if (end <= start) return undefined;
  if (end - start > 15) return longUint(line.slice(start, end));
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const digit = line.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

function longUint(digits: string): number | bigint | undefined {
  if (digits.length > 20 || !/^[0-9]+$/.test(digits)) return undefined;
  const value = BigInt(digits);
  if (value > maxUint64) return undefined;
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** Decimal seconds in whole microseconds, further digits dropped; undefined for `-1`, `-` and whatever else is no such number. */
export function microsIn(line: string, start: number, end: number): number | undefined {
  let whole = 0;
  let at = start;
  while (at < end && isDigit(line.charCodeAt(at))) {
    whole = whole * 10 + (line.charCodeAt(at) - zero);
    at += 1;
  }
  if (at === start) return undefined;
  let micros = 0;
  if (at < end) {
    if (line.charCodeAt(at) !== dot || at + 1 === end) return undefined;
    at += 1;
    for (let unit = 100_000; at < end; at += 1, unit = Math.floor(unit / 10)) {
      const code = line.charCodeAt(at);
      if (!isDigit(code)) return undefined;
      micros += (code - zero) * unit;
    }
  }
  const sum = whole * 1_000_000 + micros;
  return Number.isSafeInteger(sum) ? sum : undefined;
}

/** Milliseconds, a half rounded up. */
export function millisOfMicros(micros: number): number {
  return Math.floor((micros + 500) / 1000);
}

/**
 * Nanoseconds since 1970 of an RFC 3339 time; one without a zone (NLB) is UTC. 0n for what is no time of our era.
 */
export function nanosOf(time: string): bigint {
  const parts = rfc3339.exec(time);
  if (parts === null) return 0n;
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = parts;
  const y = Number(year);
  const days = Number(day);
  const seconds = Number(second);
  if (y < 1970 || Number(hour) > 23 || Number(minute) > 59 || seconds > 60) return 0n;
  const midnight = new Date(Date.UTC(y, Number(month) - 1, days));
  // Date.UTC carries the 31st of June into July; such a day was never logged.
  if (midnight.getUTCMonth() + 1 !== Number(month) || midnight.getUTCDate() !== days) return 0n;
  const minutes = Number(hour) * 60 + Number(minute) - zoneMinutes(zone);
  const epochSeconds = midnight.getTime() / 1000 + minutes * 60 + seconds;
  if (epochSeconds < 0) return 0n;
  return BigInt(epochSeconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}

const rfc3339 =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})?$/;

function zoneMinutes(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return zone.startsWith('-') ? -minutes : minutes;
}

/** True when a time such as `2018-07-02T22:23:00` begins at `at`: a look at its separators, for telling formats apart. */
export function timeStandsAt(line: string, at: number): boolean {
  return (
    line.charCodeAt(at + 4) === 0x2d &&
    line.charCodeAt(at + 7) === 0x2d &&
    line.charCodeAt(at + 10) === 0x54 &&
    line.charCodeAt(at + 13) === 0x3a &&
    isDigit(line.charCodeAt(at)) &&
    isDigit(line.charCodeAt(at + 15))
  );
}

export function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}
