import { type Alert, alertId, type Fields } from '../../alert/alert.ts';
import { atLeast, type Priority } from '../../alert/priority.ts';
import { sayDuration } from '../../base/duration.ts';
import { parseJson, stringifyJson } from '../../base/json.ts';
import type { Throttle } from './router.ts';

/**
 * Open windows of one output: which alerts go out at once and which are summed up.
 *
 *   first alert ──▶ out, window opens ──▶ more: out while fewer than `burst`, else held and counted
 *                        │
 *          after waitMs, then every intervalMs:
 *            held > 0 ──▶ one summary, window goes on      held = 0 ──▶ window closes; the next alert is a first again
 *
 * A window is a line of JSON among the reader's notes, committed together with the position up to which it has counted:
 * after a crash counts and cursor agree.
 */
export interface Grouping {
  /** True when the alert goes out now; otherwise it is counted in a window. */
  admit(alert: Alert, throttles: readonly Throttle[], nowMs: number): boolean;
  /** Milliseconds since the Unix epoch at which a window is due, undefined when none is open. */
  nextDueMs(): number | undefined;
  /** At most `max` of the summaries that are due; their windows go on or close. */
  due(nowMs: number, max: number): readonly Alert[];
  /** True when `changes` has something to say. */
  hasChanges(): boolean;
  /** The notes that changed since the last call: key → text, or undefined where the window has closed. */
  changes(): ReadonlyMap<string, string | undefined>;
}

/** More windows than this are not opened: an attacker chooses the values that alerts are grouped by. What comes then is counted in one window of its route. */
const maxWindows = 10_000;
/** Different paths that one window counts by name. */
const maxTold = 100;
const toldInSummary = 3;
const notePrefix = 'window ';

/** What an alert is about, beyond the fields that it is grouped by: the first of these that it has. */
const tellingFields = [
  'awselb.request_path',
  'awselb.request_url',
  'ct.name',
  'ka.target.name',
  'fd.name',
  'proc.name',
];

interface Window {
  readonly throttle: Throttle;
  dueMs: number;
  sinceMs: number;
  passed: number;
  held: Held | undefined;
  summaries: number;
}

interface Held {
  count: number;
  fromTime: string;
  lastTime: string;
  priority: Priority;
  rules: string[];
  source: string;
  tags: readonly string[];
  hostname: string | undefined;
  enrichment: Fields;
  told: Record<string, number>;
  untold: number;
}

/** `output` makes the summaries' ids differ between outputs; `notes` are the reader's, as committed. */
export function createGrouping(output: string, notes: ReadonlyMap<string, string>): Grouping {
  const windows = new Map<string, Window>();
  const changed = new Set<string>();
  for (const [key, text] of notes) {
    if (!key.startsWith(notePrefix)) continue;
    const window: unknown = parseJson(text);
    if (isWindow(window)) windows.set(key.slice(notePrefix.length), window);
  }

  /** The window of that throttle, opened where there is none yet. */
  const windowOf = (throttle: Throttle, nowMs: number): Window => {
    const open = windows.get(throttle.key);
    if (open !== undefined) return open;
    const full = windows.size >= maxWindows;
    const actual = full ? { ...throttle, key: `${routeOf(throttle.key)} (more groups)`, shared: {} } : throttle;
    const existing = windows.get(actual.key);
    if (existing !== undefined) return existing;
    const window: Window = {
      throttle: actual,
      dueMs: nowMs + throttle.waitMs,
      sinceMs: nowMs,
      passed: 0,
      held: undefined,
      summaries: 0,
    };
    windows.set(actual.key, window);
    return window;
  };

  return {
    admit(alert, throttles, nowMs) {
      for (const throttle of throttles) {
        const window = windowOf(throttle, nowMs);
        changed.add(window.throttle.key);
        if (window.passed < throttle.burst) window.passed += 1;
        else {
          window.held = hold(window.held, alert);
          return false;
        }
      }
      return true;
    },
    nextDueMs() {
      let next: number | undefined;
      for (const { dueMs } of windows.values()) if (next === undefined || dueMs < next) next = dueMs;
      return next;
    },
    due(nowMs, max) {
      const summaries: Alert[] = [];
      for (const [key, window] of windows) {
        if (window.dueMs > nowMs) continue;
        const { held, throttle } = window;
        if (held === undefined) {
          changed.add(key);
          windows.delete(key);
          continue;
        }
        if (summaries.length >= max) continue;
        changed.add(key);
        window.summaries += 1;
        summaries.push(summaryOf(output, window, held, nowMs));
        window.held = undefined;
        window.sinceMs = nowMs;
        window.dueMs = nowMs + throttle.intervalMs;
        if (throttle.renews) window.passed = 0;
      }
      return summaries;
    },
    hasChanges: () => changed.size > 0,
    changes() {
      const result = new Map<string, string | undefined>();
      for (const key of changed) {
        const window = windows.get(key);
        result.set(notePrefix + key, window && stringifyJson(window));
      }
      changed.clear();
      return result;
    },
  };
}

function hold(held: Held | undefined, alert: Alert): Held {
  const result: Held = held ?? {
    count: 0,
    fromTime: alert.time,
    lastTime: alert.time,
    priority: alert.priority,
    rules: [],
    source: alert.source,
    tags: alert.tags,
    hostname: alert.hostname,
    enrichment: alert.enrichment ?? {},
    told: {},
    untold: 0,
  };
  result.count += 1;
  if (alert.time < result.fromTime) result.fromTime = alert.time;
  if (alert.time > result.lastTime) result.lastTime = alert.time;
  if (atLeast(alert.priority, result.priority)) result.priority = alert.priority;
  if (result.rules.length <= toldInSummary && !result.rules.includes(alert.rule)) result.rules.push(alert.rule);
  if (alert.source !== result.source) result.source = 'internal';
  if (alert.hostname !== result.hostname) result.hostname = undefined;
  result.tags = result.tags.filter((tag) => alert.tags.includes(tag));
  result.enrichment = inCommon(result.enrichment, alert.enrichment ?? {});
  const subject = tellingFields.map((name) => alert.fields[name]).find((value) => typeof value === 'string');
  if (typeof subject === 'string') tell(result, subject.slice(0, 200));
  return result;
}

function tell(held: Held, subject: string): void {
  if (Object.hasOwn(held.told, subject)) held.told[subject] = (held.told[subject] ?? 0) + 1;
  else if (Object.keys(held.told).length >= maxTold || subject === '__proto__') held.untold += 1;
  else held.told[subject] = 1;
}

function inCommon(one: Fields, other: Fields): Fields {
  const names = Object.keys(one);
  const same = names.filter((name) => one[name] === other[name]);
  return same.length === names.length ? one : Object.fromEntries(same.map((name) => [name, one[name] ?? null]));
}

/** "4,211 more of "Path scan" from 81.2.69.142 in 5 min: /wp-login.php (3,980), /xmlrpc.php (231)" */
function summaryOf(output: string, window: Window, held: Held, nowMs: number): Alert {
  const { throttle, sinceMs } = window;
  const rule = held.rules.length === 1 ? (held.rules[0] ?? '') : 'Several rules';
  const top = Object.entries(held.told)
    .sort(([, a], [, b]) => b - a)
    .slice(0, toldInSummary);
  const shared = Object.entries(throttle.shared).filter(([name]) => name !== 'rule');
  const of = held.rules.length === 1 ? ` of "${rule}"` : '';
  const from = shared.map(([name, value]) => (addressLike.test(value) ? ` from ${value}` : ` with ${name}=${value}`));
  const about = top.map(([subject, count]) => `${subject} (${grouped(count)})`).join(', ');
  const text = `${grouped(held.count)} more${of}${from.join('')} in ${sayDuration(nowMs - sinceMs)}${about === '' ? '' : `: ${about}`}`;
  return {
    id: alertId(
      `summary\0${output}\0${throttle.key}\0${window.summaries}\0${held.fromTime}\0${held.lastTime}\0${held.count}`,
    ),
    time: held.lastTime,
    rule,
    priority: held.priority,
    source: held.source,
    output: text,
    ...(held.hostname === undefined ? {} : { hostname: held.hostname }),
    tags: held.tags,
    fields: {
      ...throttle.shared,
      'summary.count': held.count,
      'summary.from': held.fromTime,
      'summary.until': held.lastTime,
      'summary.rules': held.rules,
      'summary.top': Object.fromEntries(top),
    },
    enrichment: { ...held.enrichment, 'group.key': throttle.key },
  };
}

const addressLike = /^[0-9a-f:.]*[.:][0-9a-f:.]+$/i;
const thousands = new Intl.NumberFormat('en-US');
const grouped = (count: number): string => thousands.format(count);

function routeOf(key: string): string {
  const parts: unknown = parseJson(key);
  return Array.isArray(parts) ? String(parts[0]) : key;
}

function isWindow(value: unknown): value is Window {
  return typeof value === 'object' && value !== null && 'throttle' in value && 'dueMs' in value;
}
