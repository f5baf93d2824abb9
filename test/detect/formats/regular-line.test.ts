import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alb } from '../../../src/detect/formats/alb.ts';
import {
  BadLine,
  type EventValue,
  type LineOrigin,
  type LogFormat,
  type Stands,
} from '../../../src/detect/formats/format.ts';
import { microsIn, millisOfMicros, uintIn } from '../../../src/detect/formats/quantities.ts';
import { formatOf, formats } from '../../../src/detect/formats/registry.ts';
import { type LineSplitter, lineSplitter } from '../../../src/detect/formats/split-line.ts';
import { LineKernel } from '../../../src/detect/rules/quiet/line-kernel.ts';
import { albLines, bentLine, bentLineOf, linesOf } from '../../support/bent-lines.ts';

const geo: LineOrigin['geo'] = (address) => (address.endsWith('7') ? { country: 'DE', asn: 64496 } : undefined);
const origin: LineOrigin = { object: 'some.log', facts: {}, geo };

/** What the kernel makes of lines of a format, beside what their events say. */
class Reading {
  readonly kernel: LineKernel;
  readonly #format: LogFormat;
  readonly #splitter: LineSplitter;
  readonly #bounds = new Int32Array(512);

  constructor(format: LogFormat) {
    this.#format = format;
    if (format.regular === undefined) throw new Error(format.name);
    this.kernel = new LineKernel(format.regular);
    this.kernel.begin([[]]);
    this.#splitter = lineSplitter(format.regular);
  }

  /** The parts of the line, where it stands among others. */
  split(line: string): ((part: number) => string) | undefined {
    const bytes = Buffer.from(`before "\n${line}\nbehind "\\`, 'latin1');
    expect(this.kernel.next(bytes, 9)).toBe(9);
    return this.kernel.regular ? (part) => this.kernel.text(part) : undefined;
  }

  /** What the bytes of a regular line say is what the event says; false where it is not regular. */
  agrees(line: string): boolean {
    // The kernel may be given a line end that is taken off for all others.
    const text = line.replace(/\r$/, '');
    const bytes = Buffer.from(text, 'latin1');
    const isSplit = this.#splitter.split(bytes, 0, bytes.length, this.#bounds);
    if (isSplit) {
      this.#expectAgreement(text, (part) =>
        bytes.toString('latin1', this.#bounds[2 * part], this.#bounds[2 * part + 1]),
      );
    }
    const partOf = this.split(line);
    if (partOf !== undefined) this.#expectAgreement(text, partOf);
    return partOf !== undefined;
  }

  #expectAgreement(line: string, partOf: (part: number) => string): void {
    const event = this.#format.parse(line, origin, 1);
    if (event instanceof BadLine) throw new Error(`not an event: ${line}`);
    expect({ line, format: formatOf(line)?.name }).toEqual({ line, format: this.#format.name });
    for (const field of this.#format.fields) {
      const { name, stands } = field;
      if (stands === undefined) continue;
      expect({ line, name, value: valueOf(stands, partOf) }).toEqual({ line, name, value: field.read(event) });
    }
  }
}

function valueOf(stands: Stands, partOf: (part: number) => string): EventValue | undefined {
  if (stands.as === 'constant') return stands.value;
  const text = partOf(stands.part);
  if (stands.as === 'uint') return uintIn(text, 0, text.length);
  if (stands.as === 'millis') {
    const micros = microsIn(text, 0, text.length);
    return micros === undefined ? undefined : millisOfMicros(micros);
  }
  if (stands.as !== 'text' || text === '' || text === '-') return undefined;
  return stands.read ? stands.read(text, geo) : text;
}

describe.each(formats.map((format) => ({ name: format.name, format })))('regular lines of $name', ({ format }) => {
  const lines = linesOf(format);
  const reading = new Reading(format);

  it('are most of them', () => {
    expect(lines.length).toBeGreaterThan(30);
    const regularOnes = lines.filter((line) => reading.agrees(line));
    expect(regularOnes.length).toBeGreaterThan((format.name === 'nlb' ? 0.5 : 0.95) * lines.length);
  });

  it('say as bytes what they say as events, however a line is bent', () => {
    fc.assert(
      fc.property(bentLineOf(lines), (line) => {
        reading.agrees(line);
      }),
      { numRuns: 3000 },
    );
  });

  it('are of no other format', () => {
    for (const other of formats) {
      if (other !== format) for (const line of linesOf(other)) expect(reading.split(line)).toBeUndefined();
    }
  });

  it('may end in a carriage return, have columns behind the known ones, and not fewer than required', () => {
    const line = lines.find((each) => reading.agrees(each)) ?? '';
    const columns = line.match(/"[^"]*"|\S+/g) ?? [];
    expect(reading.agrees(`${line}\r`)).toBe(true);
    expect(reading.agrees(`${line} x "y z" -`)).toBe(true);
    for (let count = 1; count < columns.length; count++) {
      expect(reading.agrees(columns.slice(0, count).join(' '))).toBe(count >= (format.regular?.required ?? 0));
    }
  });
});

const reading = new Reading(alb);
const { kernel } = reading;
const split = (line: string) => reading.split(line);
const expectAgreement = (line: string): boolean => reading.agrees(line);

/** A line of a request that the balancer could not read. */
function unread(request: string): string {
  return (albLines[0] ?? '').replace(/"[A-Z]+ http[^"]*"/, `"${request}"`);
}

describe('regular lines of an ALB', () => {
  it('say the same wherever their columns begin and end among the bytes looked at together', () => {
    const line = albLines[0] ?? '';
    const odd = ['', '"', '" "', '\\', '\\x22', '\r', '\t', '\0', ' ', '  ', '"-"', '\u00ff'];
    for (let length = 1; length <= 140; length++) {
      for (const text of odd) {
        const agent = `${'x'.repeat(length)}${text}y`;
        const isRegular = expectAgreement(line.replace(/"Mozilla[^"]*"/, () => `"${agent}"`));
        expect({ text, length, isRegular }).toEqual({ text, length, isRegular: !/["\\]/.test(text) || text === '" "' });
        const named = expectAgreement(line.replace(/ app\/\S+/, () => ` app/${agent}`));
        expect({ text, length, named }).toEqual({ text, length, named: text === '' || text === '\u00ff' });
      }
    }
  });

  it('are divided anew on each line, whatever stood on the one before', () => {
    const line = albLines[0] ?? '';
    fc.assert(
      fc.property(fc.array(fc.oneof(bentLine, fc.constant(line)), { minLength: 1, maxLength: 5 }), (before) => {
        const bytes = Buffer.from(`${[...before, line].join('\n')}\n`, 'latin1');
        const at = bytes.length - line.length - 1;
        expect(kernel.next(bytes, at)).toBe(at);
        expect([kernel.regular, kernel.lineEnd]).toEqual([true, bytes.length - 1]);
        expectAgreement(line);
      }),
    );
  });

  it('have as many columns and bytes as may be, and no more', () => {
    const line = albLines[0] ?? '';
    const long = (length: number): string => line.replace('Mozilla', 'M'.repeat(length - line.length + 7));
    expect(expectAgreement(long(60_000))).toBe(true);
    expect(expectAgreement(long(60_001))).toBe(false);
    expect(expectAgreement(`${line}${' x'.repeat(20_000)}`)).toBe(true);
    const columns = line.match(/"[^"]*"|\S+/g) ?? [];
    for (let count = 1; count <= columns.length; count++) {
      expect(expectAgreement(columns.slice(0, count).join(' '))).toBe(count >= 18);
    }
    expect(kernel.next(Buffer.from(line, 'latin1'), 0)).toBe(0);
    expect([kernel.regular, kernel.lineEnd]).toEqual([true, line.length]);
    expect(kernel.next(Buffer.from(`${line}\r\n`, 'latin1'), 0)).toBe(0);
    expect([kernel.regular, kernel.lineEnd]).toEqual([true, line.length + 1]);
  });

  it('may hold a request that could not be read', () => {
    expect(expectAgreement(unread('- http://shop.example.com:80- -'))).toBe(true);
    expect(expectAgreement(unread('- https://192.0.2.1:443- -'))).toBe(true);
    expect(expectAgreement(unread('- http://shop.example.com:80- '))).toBe(false);
    expect(expectAgreement(unread('- http://shop.example.com:- -'))).toBe(false);
    expect(expectAgreement(unread('- http://shop.example.com- -'))).toBe(false);
    expect(expectAgreement(unread('- - - '))).toBe(true);
    expect(expectAgreement(unread('- - -'))).toBe(false);
  });

  it('have no backslash, two blanks, open quote or request without a host', () => {
    const line = albLines[0] ?? '';
    expect(split(line)).toBeDefined();
    expect(split(line.replace('Mozilla', 'Mozi\\x22lla'))).toBeUndefined();
    expect(split(line.replace(' app/', '  app/'))).toBeUndefined();
    expect(split(line.slice(0, -1))).toBeUndefined();
    expect(split(line.replace(/"[A-Z]+ http\S+/, '"GET /'))).toBeUndefined();
    expect(split(line.replace(/^\S+ /, 'tls '))).toBeUndefined();
  });
});
