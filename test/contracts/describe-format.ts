import { isIP } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/detect/formats/catalogue.ts';
import { eventRecord } from '../../src/detect/formats/event-record.ts';
import { BadLine } from '../../src/detect/formats/format.ts';
import type { EventField, EventValue, LineOrigin, LogEvent, LogFormat } from '../../src/detect/formats/format.ts';
import { formatNamed, formats, formatOf } from '../../src/detect/formats/registry.ts';

/** What the kit needs to know of a format to hold it to its contract. */
export interface FormatSpecimen<E extends LogEvent> {
  readonly format: LogFormat<E>;
  /** The columns of a line with everything logged and known, quotes included. */
  readonly columns: readonly string[];
  /** How many of them a line must have. */
  readonly required: number;
  /** Columns (from 0) that AWS never leaves empty: what tells the format, and the time. */
  readonly always: readonly number[];
  /** Every field but the provenance, as the full line reads. */
  readonly expected: Readonly<Record<string, EventValue>>;
}

/** An origin that knows nothing, so that only the line speaks. */
export const bareOrigin: LineOrigin = { object: 'test.log', facts: {} };

const located: LineOrigin = {
  object: 'test.log',
  facts: {},
  geo: () => ({ country: 'XX', city: 'Nowhere', asn: 64_496, asOrg: 'Example' }),
};

export function parsed<E extends LogEvent>(format: LogFormat<E>, line: string, origin = bareOrigin, number = 1): E {
  const event = format.parse(line, origin, number);
  if (event instanceof BadLine) throw new Error(`${event.reason}: ${event.detail}`);
  return event;
}

/** One field of a line, by its name without `awselb.`. */
export function fieldOf(format: LogFormat, line: string, name: string, origin = bareOrigin): EventValue | undefined {
  return eventRecord(parsed(format, line, origin), format)[`awselb.${name}`];
}

const provenance = ['awselb.object', 'awselb.line', 'awselb.event_id', 'awselb.raw'];
const geoFields = ['awselb.client_country', 'awselb.client_city', 'awselb.client_asn', 'awselb.client_as_org'];

/** True when the value is one that the field's type allows (format.ts, `EventValue`). */
function typeFits(field: EventField<LogEvent>, value: EventValue): boolean {
  if (field.type === 'uint64') {
    if (typeof value === 'bigint') return value > BigInt(Number.MAX_SAFE_INTEGER) && value < 2n ** 64n;
    return Number.isSafeInteger(value) && Number(value) >= 0;
  }
  if (field.type === 'ipnet') return typeof value === 'string' && isIP(value) > 0;
  return field.type === 'string' && typeof value === 'string' && /^[\0-\xff]+$/.test(value);
}

/** Parses and reads every field; the fields must fit their types. What was not accepted must say why, in bounds. */
function expectSound(format: LogFormat, line: string): void {
  const event = format.parse(line, located, 1);
  if (event instanceof BadLine) {
    expect(event.reason).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(event.detail).toMatch(/^[ -~…]{1,500}$/);
    return;
  }
  expect(typeof event.timeNs).toBe('bigint');
  for (const field of format.fields) {
    const value = field.read(event);
    if (value !== undefined && !typeFits(field, value)) {
      expect.fail(`${field.name} (${field.type}) reads ${String(value).slice(0, 200)}`);
    }
  }
}

const byteString = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(' ', '"', '\\', '-', '\\x', '%', ':', '+', '/', '?', '[', ']') },
        fc.integer({ max: 255, min: 0 }),
      ),
      {
        maxLength,
      },
    )
    .map((chars) => chars.map((char) => (typeof char === 'number' ? String.fromCharCode(char) : char)).join(''));

/** What every format promises (format.ts). */
export function describeFormat<E extends LogEvent>(specimen: FormatSpecimen<E>): void {
  const { format, columns, required, always, expected } = specimen;
  const full = columns.join(' ');
  const known = columns.length;

  describe(`${format.name} as a format`, () => {
    it('is listed under its name', () => {
      expect(formatNamed(format.name)).toBe(format);
    });

    it('lists fields of the catalogue, in its order, each with a reader', () => {
      const names = catalogue.map((row) => row.name as string);
      const order = format.fields.map((field) => names.indexOf(field.name));
      expect(order).not.toContain(-1);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    });

    it('recognises its line, whole and without the columns that may be missing, and no other format does', () => {
      for (const line of [full, columns.slice(0, required).join(' ')]) {
        expect(formats.filter((other) => other.recognises(line)).map((other) => other.name)).toEqual([format.name]);
        expect(formatOf(line)).toBe(format);
      }
    });

    it('reads every field of a full line', () => {
      const record = eventRecord(parsed(format, full), format);
      for (const name of provenance) delete record[name];
      expect(record).toEqual(expected);
    });

    it('asks GeoIP about the client and has no value without a database', () => {
      const record = eventRecord(parsed(format, full, located), format);
      const found = geoFields.map((name) => record[name]);
      const hasClient = 'awselb.client_ip' in expected;
      expect(found).toEqual(hasClient ? ['XX', 'Nowhere', 64_496, 'Example'] : geoFields.map(() => undefined));
    });

    it('has no value for what AWS did not log', () => {
      const lines = ['-', '"-"', '""'].map((nothing) =>
        columns.map((column, index) => (always.includes(index) ? column : nothing)).join(' '),
      );
      const kept = columns.map((column, index) => (always.includes(index) ? column : undefined));
      for (const line of lines) {
        const event = parsed(format, line);
        for (const field of format.fields) {
          if (provenance.includes(field.name) || !(field.name in expected)) continue;
          const value = field.read(event);
          const isConstant = ['awselb.log_type', 'awselb.lb_type', 'awselb.request_type'].includes(field.name);
          if (value !== undefined && !isConstant) expect(kept, field.name).toContain(value);
        }
      }
    });

    it('accepts every width from the required columns on, and none below', () => {
      for (let width = 1; width <= known; width += 1) {
        const event = format.parse(columns.slice(0, width).join(' '), bareOrigin, 1);
        const accepted = !(event instanceof BadLine);
        expect([width, accepted]).toEqual([width, width >= required]);
        if (event instanceof BadLine) expect(event.reason).toMatch(/^(too-few-columns|unknown-type|unknown-version)$/);
      }
    });

    it('reads the known columns alike, whatever follows them', () => {
      const base = eventRecord(parsed(format, full), format);
      fc.assert(
        fc.property(byteString(60), (tail) => {
          const {
            'awselb.extra': extra,
            'awselb.raw': raw,
            'awselb.event_id': _,
            ...rest
          } = eventRecord(parsed(format, `${full} ${tail}`), format);
          expect(raw === undefined).toBe(false);
          const { 'awselb.raw': _raw, 'awselb.event_id': _id, ...known } = base;
          expect(rest).toEqual(known);
          if (/[^ "-]/.test(tail)) expect(extra).toBeDefined();
        }),
      );
      expect(fieldOf(format, `${full} new "-" "later on"`, 'extra')).toBe('new "-" "later on"');
      expect(fieldOf(format, `${full} "-"`, 'extra')).toBeUndefined();
    });

    it('finds a quote that nothing closes, and says in which column', () => {
      const open = [...columns.slice(0, known - 1), '"never closed'].join(' ');
      const bad = format.parse(open, bareOrigin, 1);
      expect(bad).toBeInstanceOf(BadLine);
      expect(bad).toMatchObject({
        reason: 'unterminated-quote',
        detail: `nothing closes the quote of column ${known}: "never closed"`,
      });
    });

    it('reads an event alike before and after other lines were parsed', () => {
      const other = columns.slice(0, required).map((column) => (column.startsWith('"') ? '"other thing"' : column));
      const first = parsed(format, full);
      const second = parsed(format, other.join(' '));
      const secondRecord = eventRecord(second, format);
      expect(eventRecord(first, format)).toEqual(eventRecord(parsed(format, full), format));
      expect(eventRecord(second, format)).toEqual(secondRecord);
    });

    it('derives the event id from object, line number and line alone, 32 hex digits', () => {
      const id = parsed(format, full, bareOrigin, 7).eventId;
      expect(id).toMatch(/^[0-9a-f]{32}$/);
      expect(parsed(format, full, { object: 'test.log', facts: {} }, 7).eventId).toBe(id);
      expect(parsed(format, full, bareOrigin, 8).eventId).not.toBe(id);
      expect(parsed(format, full, { object: 'other.log', facts: {} }, 7).eventId).not.toBe(id);
      expect(parsed(format, `${full} more`, bareOrigin, 7).eventId).not.toBe(id);
    });

    it('never throws on bytes of any kind, and gives fields of their types', () => {
      fc.assert(
        fc.property(byteString(300), (line) => expectSound(format, line)),
        { numRuns: 300 },
      );
    });

    it('never throws on a line of its own with any columns replaced, moved, or cut', () => {
      const damage = fc.record({
        at: fc.nat(known - 1),
        put: byteString(80),
        quoted: fc.boolean(),
        cut: fc.option(fc.nat(full.length)),
      });
      fc.assert(
        fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
          const broken = [...columns];
          for (const { at, put, quoted } of damages) broken[at] = quoted ? `"${put}"` : put;
          const line = broken.join(' ');
          expectSound(format, line);
          expectSound(format, line.slice(0, damages[0]?.cut ?? undefined));
        }),
        { numRuns: 300 },
      );
    });

    it('reads lines of a megabyte of whatever an attacker repeats', () => {
      for (const unit of ['a', ' ', '"', '\\"', '\\" ', ':', '%25', '\\x41', '?', '/', '@']) {
        const body = unit.repeat(Math.ceil(1_000_000 / unit.length));
        expectSound(format, body);
        expectSound(format, `${full} ${body}`);
        expectSound(format, columns.with(3, `"${body}"`).join(' '));
        const longest = columns.indexOf(columns.toSorted((a, b) => b.length - a.length)[0] ?? '');
        expectSound(format, columns.with(longest, `"GET http://h:80/${body} HTTP/1.1"`).join(' '));
      }
    }, 90_000);
  });
}
