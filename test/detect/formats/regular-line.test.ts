import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alb } from '../../../src/detect/formats/alb.ts';
import { BadLine, type EventValue, type LineOrigin, type Stands } from '../../../src/detect/formats/format.ts';
import { microsIn, millisOfMicros, uintIn } from '../../../src/detect/formats/quantities.ts';
import { formatOf } from '../../../src/detect/formats/registry.ts';
import { LineKernel } from '../../../src/detect/rules/quiet/line-kernel.ts';
import { albLines, bentLine } from '../../support/bent-lines.ts';

const geo: LineOrigin['geo'] = (address) => (address.endsWith('7') ? { country: 'DE', asn: 64496 } : undefined);
const origin: LineOrigin = { object: 'some.log', facts: {}, geo };
const { regular, fields } = alb;

const kernel = new LineKernel(regular!);
kernel.begin([[]]);

/** The parts of the line, where it stands among others. */
function split(line: string): ((part: number) => string) | undefined {
  const bytes = Buffer.from(`before "\n${line}\nbehind "\\`, 'latin1');
  expect(kernel.next(bytes, 9)).toBe(9);
  return kernel.regular ? (part) => kernel.text(part) : undefined;
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

/** What the bytes of a regular line say is what the event says. */
function expectAgreement(line: string): boolean {
  const partOf = split(line);
  if (partOf === undefined) return false;
  const event = alb.parse(line, origin, 1);
  if (event instanceof BadLine) throw new Error(`not an event: ${line}`);
  expect(formatOf(line)?.name).toBe('alb');
  for (const field of fields) {
    const { name, stands } = field;
    if (stands === undefined) continue;
    expect({ name, value: valueOf(stands, partOf) }).toEqual({ name, value: field.read(event) });
  }
  return true;
}

/** A line of a request that the balancer could not read. */
function unread(request: string): string {
  return (albLines[0] ?? '').replace(/"[A-Z]+ http[^"]*"/, `"${request}"`);
}

describe('regular lines of an ALB', () => {
  it('are nearly all of them', () => {
    const regularOnes = albLines.filter((line) => expectAgreement(line));
    expect(regularOnes.length).toBeGreaterThan(0.97 * albLines.length);
  });

  it('say as bytes what they say as events, however a line is bent', () => {
    fc.assert(
      fc.property(bentLine, (line) => {
        expectAgreement(line);
      }),
      { numRuns: 3000 },
    );
  });

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
  });

  it('have no backslash, two blanks, open quote or request without a host', () => {
    const line = albLines[0] ?? '';
    expect(split(line)).toBeDefined();
    expect(split(line.replace('Mozilla', 'Mozi\\x22lla'))).toBeUndefined();
    expect(split(line.replace(' app/', '  app/'))).toBeUndefined();
    expect(split(line.slice(0, -1))).toBeUndefined();
    expect(split(line.replace(/"[A-Z]+ http\S+/, '"GET /'))).toBeUndefined();
    expect(split(line.replace(/"[A-Z]+ http[^"]*"/, '"- - - "'))).toBeUndefined();
    expect(split(line.replace(/^\S+ /, 'tls '))).toBeUndefined();
  });
});
