import type { AlertRow } from './answers.ts';

const columns = [
  'id',
  'time',
  'rule',
  'priority',
  'source',
  'tags',
  'balancer',
  'clientAddress',
  'country',
  'countryName',
  'city',
  'asn',
  'asOrg',
  'latitude',
  'longitude',
  'method',
  'host',
  'path',
  'statusCode',
  'userAgent',
  'status',
  'assignee',
  'output',
] as const satisfies readonly (keyof AlertRow)[];

/** The first line of a CSV of rows (RFC 4180). */
export const csvHeader = `${columns.join(',')}\r\n`;

export function csvLine(row: AlertRow): string {
  return `${columns.map((column) => cell(row[column])).join(',')}\r\n`;
}

/**
 * A spreadsheet takes a cell that begins with one of these as a formula, which an attacker's user agent may well be; an
 * apostrophe before it makes it text (owasp.org/www-community/attacks/CSV_Injection). Wide forms of the signs count in
 * some locales, and so do signs behind blanks.
 */
const formula = /^\s*[=+\-@|%\uff0b\uff0d\uff1d\uff20]|^[\t\r\n]/;

function cell(value: AlertRow[(typeof columns)[number]]): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = (typeof value === 'string' ? value : value.join(' ')).replace(
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g,
    ' ',
  );
  return `"${formula.test(text) ? "'" : ''}${text.replaceAll('"', '""')}"`;
}
