import ipaddr from 'ipaddr.js';
import { RE2JS } from 're2js';
import type { Alert, FieldValue } from '../../alert/alert.ts';
import { parsePriority, priorities } from '../../alert/priority.ts';
import { stringifyJson } from '../../base/json.ts';

/** One condition of a route, compiled. */
export interface Matcher {
  /** As configured. */
  readonly text: string;
  /** An absent field matches nothing, whatever the operator: as in Falco. */
  test(alert: Alert): boolean;
  /** What stands in the alert where the matcher looks, for `explain`. */
  found(alert: Alert): string;
}

type Test = (value: FieldValue) => boolean;

const shape = /^\s*([\w.[\]/@:-]+)\s*(=~|!~|!=|<=|>=|=|<|>|\b(?:not\s+in|in|not\s+glob|glob|exists)\b)\s*(.*?)\s*$/s;

/**
 * Reads `FIELD OPERATOR VALUE`, as in `priority >= warning`, `rule glob "ELB *"`, `tags = pci`,
 * `awselb.client_ip in 10.0.0.0/8, 2001:db8::/32`, `geoip.client_ip.country != GB`, `awselb.request_url =~ "wp-login"`,
 * `awselb.elb_status_code >= 500`, `hostname exists`. Throws an error that says what is wrong with it.
 *
 * FIELD is `priority`, `rule`, `source`, `hostname`, `output`, `tags`, or a key of the alert's fields or enrichment.
 * A list matches when one of its items does; `!=`, `!~`, `not in` and `not glob` when none of them would match otherwise.
 */
export function parseMatcher(text: string): Matcher {
  const [, field, spacedOperator, rawValue] = shape.exec(text) ?? [];
  if (field === undefined || spacedOperator === undefined || rawValue === undefined)
    throw new Error(
      `"${text}" is not a matcher: write FIELD OPERATOR VALUE with one of =, !=, =~, !~, <, <=, >, >=, in, not in, glob, not glob, exists`,
    );
  const operator = spacedOperator.replace(/\s+/, ' ');
  const value = operator.endsWith('in') ? rawValue : unquote(rawValue);
  if (operator === 'exists') {
    if (value !== '') throw new Error(`"${text}": exists takes no value`);
  } else if (value === '') throw new Error(`"${text}": a value is missing after ${operator}; an empty text is ""`);

  const negated = operator.startsWith('!') || operator.startsWith('not ');
  const test = compile(field, operator.replace(/^!|^not /, '').replace(/^~/, '=~'), value, text);
  const any: Test = (found) => (Array.isArray(found) ? found.some((item) => test(item)) : test(found));
  return {
    text,
    test(alert) {
      const found = fieldOf(alert, field);
      return found !== undefined && found !== null && any(found) !== negated;
    },
    found: (alert) => say(fieldOf(alert, field)),
  };
}

/** The value that a matcher or a group key of that name sees. */
export function fieldOf(alert: Alert, name: string): FieldValue | undefined {
  switch (name) {
    case 'priority':
    case 'rule':
    case 'source':
    case 'hostname':
    case 'output':
    case 'tags':
      return alert[name];
    default:
      if (Object.hasOwn(alert.fields, name)) return alert.fields[name];
      return alert.enrichment && Object.hasOwn(alert.enrichment, name) ? alert.enrichment[name] : undefined;
  }
}

/** A value as one line of text: texts as they are, everything else as JSON. */
export function say(value: FieldValue | undefined): string {
  if (value === undefined) return '(absent)';
  if (typeof value === 'string') return value;
  return stringifyJson(value);
}

function compile(field: string, operator: string, value: string, text: string): Test {
  switch (operator) {
    case 'exists':
      return () => true;
    case '=':
      if (field === 'priority') return byUrgency(value, text, (order) => order === 0);
      return (found) => say(found) === value || (typeof found !== 'string' && equalNumbers(found, value));
    case '<':
      return field === 'priority' ? byUrgency(value, text, (n) => n < 0) : byNumber(value, text, (a, b) => a < b);
    case '<=':
      return field === 'priority' ? byUrgency(value, text, (n) => n <= 0) : byNumber(value, text, (a, b) => a <= b);
    case '>':
      return field === 'priority' ? byUrgency(value, text, (n) => n > 0) : byNumber(value, text, (a, b) => a > b);
    case '>=':
      return field === 'priority' ? byUrgency(value, text, (n) => n >= 0) : byNumber(value, text, (a, b) => a >= b);
    case '=~': {
      // RE2 runs in linear time: the value may be the attacker's, and so may what it is matched against.
      const regex = compileRegex(value, text);
      return (found) => regex.test(say(found));
    }
    case 'glob':
      return (found) => matchesGlob(say(found), value);
    case 'in': {
      const items = value.split(',').map((item) => unquote(item.trim()));
      if (items.includes('')) throw new Error(`"${text}": an item between the commas is empty`);
      const networks = items.flatMap((item) =>
        item.includes('/') && ipaddr.isValidCIDR(item) ? [ipaddr.parseCIDR(item)] : [],
      );
      const texts = new Set(items);
      return (found) =>
        texts.has(say(found)) || (networks.length > 0 && typeof found === 'string' && inNetworks(found, networks));
    }
    default:
      throw new Error(`"${text}": unknown operator ${operator}`);
  }
}

function compileRegex(value: string, text: string): RE2JS {
  try {
    return RE2JS.compile(value, RE2JS.DOTALL);
  } catch (error) {
    throw new Error(
      `"${text}": not a regular expression (RE2 syntax): ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

/** `order` is positive when the alert is more urgent than the value. */
function byUrgency(value: string, text: string, holds: (order: number) => boolean): Test {
  const wanted = parsePriority(value);
  if (wanted === undefined)
    throw new Error(`"${text}": "${value}" is not a priority; write one of ${priorities.join(', ')}`);
  const urgencies: readonly string[] = priorities;
  return (found) => holds(priorities.indexOf(wanted) - urgencies.indexOf(say(found)));
}

function byNumber(
  value: string,
  text: string,
  holds: (found: number | bigint, wanted: number | bigint) => boolean,
): Test {
  const wanted = numberOf(value);
  if (wanted === undefined) throw new Error(`"${text}": "${value}" is not a number`);
  return (found) => {
    const number = numberOf(found);
    return number !== undefined && holds(number, wanted);
  };
}

function numberOf(value: FieldValue): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value !== 'string' || !/^-?\d+(\.\d+)?$/.test(value)) return undefined;
  const number = Number(value);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? BigInt(value) : number;
}

/** `404` and `404.0` in a config both mean the number 404. */
function equalNumbers(found: FieldValue, value: string): boolean {
  const wanted = numberOf(value);
  return wanted !== undefined && numberOf(found) === wanted;
}

function inNetworks(address: string, networks: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return networks.some(([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits));
}

/** `*` any run of characters, `?` any one. Two pointers, no recursion: at most text × pattern steps. */
export function matchesGlob(text: string, pattern: string): boolean {
  let t = 0;
  let p = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      t++;
      p++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

function unquote(value: string): string {
  const quote = value[0];
  return value.length >= 2 && (quote === '"' || quote === "'") && value.endsWith(quote) ? value.slice(1, -1) : value;
}
