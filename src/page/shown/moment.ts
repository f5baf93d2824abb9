const two = (value: number): string => String(value).padStart(2, '0');

/** 2026-11-21 03:12:44, of UTC, as load balancers log. */
export function utc(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** The time of day where the alert is of today (UTC), else the day as well, without the year. */
export function briefUtc(ms: number, nowMs: number): string {
  const text = utc(ms);
  return text.slice(0, 10) === utc(nowMs).slice(0, 10) ? text.slice(11) : text.slice(5);
}

/** 4 min ago. */
export function ago(ms: number, nowMs: number): string {
  const seconds = Math.round((nowMs - ms) / 1000);
  if (seconds < 0) return 'in the future';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} days ago`;
}

/** On the reader's own clock, with its zone. */
export function local(ms: number): string {
  return new Date(ms).toLocaleTimeString('en-GB', { timeZoneName: 'short' });
}

/** For `<input type="datetime-local">`, in UTC. */
export function inputUtc(ms: number): string {
  const date = new Date(ms);
  return `${date.toISOString().slice(0, 10)}T${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}

/** 90 s, 15 min, 6 h, 3 days: about how long. */
export function span(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} days`;
}

/** Tuesday, 15 September 2026, of UTC. */
export function day(ms: number): string {
  return new Date(ms).toLocaleDateString('en-GB', { dateStyle: 'full', timeZone: 'UTC' });
}
