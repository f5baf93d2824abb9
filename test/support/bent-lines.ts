import * as fc from 'fast-check';
import { objectFacts } from '../../src/aws/object-name.ts';
import { corpusIsHere, corpusLines } from './corpus.ts';
import { sampleObjects } from './samples/hour.ts';

/** Lines of ALB access logs: the samples, and those of the corpus where it is. */
export const albLines: readonly string[] = [
  ...sampleObjects()
    .filter(({ name }) => objectFacts(name).logType === 'alb')
    .flatMap(({ lines }) => lines.map(({ text }) => text)),
  ...(corpusIsHere
    ? ['vector/alb-internet-scans.log', 'vector-vrl/alb.log', 'aws-docs/alb-access-33-fields.log'].flatMap(corpusLines)
    : []),
];

/** What breaks lines, and what rules look for. */
const pieces = [
  '"',
  '" ',
  ' "',
  '\\',
  '\\x22',
  ' ',
  '  ',
  '-',
  '"-"',
  '',
  '\t',
  '\r',
  '\0',
  'é',
  '%',
  '%2e%2e/',
  '%252e',
  '+',
  '${jndi:',
  '/../',
  '[::1]:443',
  '10.0.0.1:80',
  'GET http://host/ HTTP/1.1',
  'http://',
  '- http://host:80- -',
  ':80-',
  'https://user@host:1',
  ':',
  '?',
  '#',
  '/admin',
  '/.env',
  'sqlmap',
  '99999999999999999999',
  '1234567890123456',
  '500',
  '-1',
  '0.5',
  '.5',
  '5.',
  '12.3456789',
  'HTTP/1.1',
  'TRACE',
  'ADMIN',
  ' or 1=1',
]; // prettier-ignore

const piece = fc.constantFrom(...pieces);

/** Replaces, inserts or removes a few bytes or columns of a line. */
export const bentLine: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...albLines),
    fc.array(fc.tuple(fc.nat(5), fc.nat(1000), fc.nat(40), piece), { minLength: 1, maxLength: 4 }),
  )
  .map(([line, bends]) => bends.reduce((bent, [way, at, length, text]) => bend(bent, way, at, length, text), line))
  .map((line) => line.replaceAll('\n', ''));

function bend(line: string, way: number, at: number, length: number, text: string): string {
  const where = at % (line.length + 1);
  if (way === 0) return line.slice(0, where) + text + line.slice(where);
  if (way === 1) return line.slice(0, where) + text + line.slice(where + text.length);
  if (way === 2) return line.slice(0, where) + line.slice(where + length);
  if (way === 3) return line.slice(0, where);
  const columns = line.match(/"[^"]*"|[^ ]+/g) ?? [];
  const column = at % Math.max(1, columns.length);
  const quoted = columns[column]?.startsWith('"') === true;
  if (way === 4) columns[column] = quoted ? `"${text}"` : text;
  else columns[column] = (columns[column] ?? '').replace(/(?<=.{3})/, text);
  return columns.join(' ');
}
