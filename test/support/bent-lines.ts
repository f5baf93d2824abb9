import * as fc from 'fast-check';
import { objectFacts } from '../../src/aws/object-name.ts';
import { alb } from '../../src/detect/formats/alb.ts';
import type { LogFormat } from '../../src/detect/formats/format.ts';
import { corpusIsHere, corpusLines } from './corpus.ts';
import { sampleObjects } from './samples/hour.ts';

const corpusFiles: Readonly<Record<string, readonly string[]>> = {
  alb: ['vector/alb-internet-scans.log', 'vector-vrl/alb.log', 'aws-docs/alb-access-33-fields.log'],
  alb_connection: ['aws-docs/alb-connection.log'],
  alb_health: ['aws-docs/alb-health-check.log'],
  clb: ['aws-docs/clb-access.log', 'otel-awslogsencoding/clb_al_valid_logs.log'],
  nlb: ['aws-docs/nlb-access.log', 'otel-awslogsencoding/nlb_al_valid_logs.log'],
};

/** Lines of a format: the samples, and those of the corpus where it is. */
export function linesOf({ name: logType }: LogFormat): readonly string[] {
  return [
    ...sampleObjects()
      .filter(({ name }) => objectFacts(name).logType === logType)
      .flatMap(({ lines }) => lines.map(({ text }) => text)),
    ...(corpusIsHere ? (corpusFiles[logType] ?? []).flatMap(corpusLines) : []),
  ];
}

export const albLines = linesOf(alb);

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
  '"h2","http/1.1"',
  '- - - ',
  '"- - - "',
  'tls 2.0 ',
  'http ',
  'net/edge/0123',
  '198.51.100.7',
  'fe80::1',
  '2026-09-15T18:00:00.000472Z',
  '"2026-09-15T18:00:00.000472Z"',
  ' or 1=1',
]; // prettier-ignore

const piece = fc.constantFrom(...pieces);

/** Replaces, inserts or removes a few bytes or columns of a line. */
export function bentLineOf(lines: readonly string[]): fc.Arbitrary<string> {
  return (
    fc
      .tuple(
        fc.constantFrom(...lines),
        fc.array(fc.tuple(fc.nat(6), fc.nat(1000), fc.nat(40), piece), { minLength: 1, maxLength: 4 }),
      )
      .map(([line, bends]) => bends.reduce((bent, [way, at, length, text]) => bend(bent, way, at, length, text), line))
      // Without a line end.
      .map((line) => line.replaceAll('\n', '').replace(/\r+$/, ''))
  );
}

export const bentLine = bentLineOf(albLines);

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
  else if (way === 6) columns[column] = quoted ? (columns[column] ?? '').slice(1, -1) : `"${columns[column] ?? ''}"`;
  else columns[column] = (columns[column] ?? '').replace(/(?<=.{3})/, text);
  return columns.join(' ');
}
