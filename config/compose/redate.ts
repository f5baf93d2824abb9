/** A time as load balancers log it, to the second; the fraction and the zone behind it stay as they are. */
const logged = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g;

/** The lines of a log with all of their times moved by as much as brings the latest of them to `nowMs`. */
export function atTime(text: string, nowMs: number): string {
  const times = [...text.matchAll(logged)].map(([time]) => Date.parse(`${time}Z`)).filter((ms) => !Number.isNaN(ms));
  if (times.length === 0) return text;
  const latestMs = times.reduce((latest, ms) => Math.max(latest, ms));
  const byMs = Math.floor((nowMs - latestMs) / 1000) * 1000;
  return text.replace(logged, (time) => {
    const ms = Date.parse(`${time}Z`);
    return Number.isNaN(ms) ? time : new Date(ms + byMs).toISOString().slice(0, 19);
  });
}

/** The key under which the load balancer would deliver the log now: the day's folder, the end of the interval, another suffix. */
export function keyAtTime(key: string, nowMs: number): string {
  const now = new Date(nowMs).toISOString();
  const end = new Date(Math.ceil(nowMs / 300_000) * 300_000).toISOString().replace(/[-:]/g, '').slice(0, 13);
  const suffix = Math.floor(Math.random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
  return key
    .replace(/\/\d{4}\/\d\d\/\d\d\//, `/${now.slice(0, 4)}/${now.slice(5, 7)}/${now.slice(8, 10)}/`)
    .replace(/_\d{8}T\d{4}Z_/, `_${end}Z_`)
    .replace(/_[0-9a-z]{8}(?=\.log)/, `_${suffix}`);
}
