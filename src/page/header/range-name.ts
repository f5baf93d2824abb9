import type { Filter } from '../place/filter.ts';
import { utc } from '../shown/moment.ts';

/** How the time range is said: "last 24h", "2026-09-15 18:00 – 19:00 UTC". */
export function rangeName({ since, until }: Filter): string {
  if (since === undefined && until === undefined) return 'all time';
  if (until === undefined) return isAge(since) ? `last ${since}` : `since ${instant(since)} UTC`;
  if (since === undefined) return `until ${instant(until)} UTC`;
  const [from, to] = [instant(since), instant(until)];
  const sameDay = from.slice(0, 10) === to.slice(0, 10);
  return `${from} – ${sameDay ? to.slice(11) : to} UTC`;
}

function isAge(text: string | undefined): boolean {
  return text !== undefined && /^\d+(\.\d+)?[a-z]/.test(text);
}

function instant(text: string | undefined): string {
  if (text === undefined) return '';
  const ms = /^-?\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(ms)) return text;
  return utc(ms).replace(/:00$/, '');
}
