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

// Lines come by the minute: of most times only the seconds have to be read.
let lastMinute = '';
let lastMinuteSeconds = 0;

/**
 * Nanoseconds since 1970 of an RFC 3339 time; one without a zone (NLB) is UTC. 0n for what is no time of our era. By hand,
 * since one regular expression with nine groups took as long as finding the line's columns.
 */
export function nanosOf(time: string): bigint {
  const second = digitsIn(time, 17, 19);
  if (second < 0 || second > 60) return 0n;
  if (lastMinute === '' || !time.startsWith(lastMinute)) {
    const seconds = minuteSeconds(time);
    if (seconds < 0) return 0n;
    lastMinute = time.slice(0, 17);
    lastMinuteSeconds = seconds;
  }
  const fractionEnd = time.charCodeAt(19) === dot ? digitsEnd(time, 20) : 19;
  if (fractionEnd === 20) return 0n;
  const ahead = zoneMinutes(time, fractionEnd);
  if (ahead === undefined) return 0n;
  const seconds = lastMinuteSeconds - ahead * 60 + second;
  if (seconds < 0) return 0n;
  let nanos = 0;
  for (let at = 20, unit = 100_000_000; at < fractionEnd && unit >= 1; at += 1, unit /= 10) {
    nanos += (time.charCodeAt(at) - zero) * unit;
  }
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}

/** Seconds since 1970 at the beginning of the minute that a time begins with, `2026-09-15T18:00:`; −1 when it begins with none. */
function minuteSeconds(time: string): number {
  const year = digitsIn(time, 0, 4);
  const month = digitsIn(time, 5, 7);
  const day = digitsIn(time, 8, 10);
  const hour = digitsIn(time, 11, 13);
  const minute = digitsIn(time, 14, 16);
  if (!timeStandsAt(time, 0) || time.charAt(16) !== ':' || year < 1970 || month < 1 || month > 12) return -1;
  if (day < 1 || day > daysOf(year, month) || hour < 0 || hour > 23 || minute < 0 || minute > 59) return -1;
  return Date.UTC(year, month - 1, day, hour, minute) / 1000;
}

/** The number that the digits between two offsets spell, −1 when others stand there. */
function digitsIn(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (!isDigit(code)) return -1;
    value = value * 10 + (code - zero);
  }
  return value;
}

function digitsEnd(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at))) at += 1;
  return at;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** How far the zone that stands at `at` is ahead of UTC; undefined when no zone stands there and the text goes on. */
function zoneMinutes(time: string, at: number): number | undefined {
  const sign = time.charAt(at);
  if (sign === '' || (sign === 'Z' && time.length === at + 1)) return 0;
  const hours = digitsIn(time, at + 1, at + 3);
  const minutes = digitsIn(time, at + 4, at + 6);
  if (time.length !== at + 6 || time.charAt(at + 3) !== ':' || hours < 0 || minutes < 0) return undefined;
  if (sign === '+') return hours * 60 + minutes;
  return sign === '-' ? -hours * 60 - minutes : undefined;
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
