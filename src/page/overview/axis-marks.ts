import { utc } from '../shown/moment.ts';

export interface AxisMark {
  readonly ms: number;
  readonly label: string;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [
  1_000,
  5_000,
  15_000,
  30_000,
  minute,
  2 * minute,
  5 * minute,
  10 * minute,
  15 * minute,
  30 * minute,
  hour,
  2 * hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  7 * day,
  14 * day,
  30 * day,
  90 * day,
  365 * day,
];

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Round times (UTC) between two, at most `max`; each says what changed since the one before: the day at midnight, else the time. */
export function axisMarks(start: number, end: number, max: number): readonly AxisMark[] {
  const step = steps.find((each) => (end - start) / each <= max) ?? 365 * day;
  const marks: AxisMark[] = [];
  for (let ms = Math.ceil(start / step) * step; ms < end; ms += step) marks.push({ ms, label: label(ms, step) });
  return marks;
}

function label(ms: number, step: number): string {
  const text = utc(ms);
  if (step >= day || ms % day === 0) {
    const month = months[new Date(ms).getUTCMonth()] ?? '';
    return step >= 90 * day ? `${month} ${text.slice(0, 4)}` : `${Number(text.slice(8, 10))} ${month}`;
  }
  return step < minute ? text.slice(11) : text.slice(11, 16);
}
