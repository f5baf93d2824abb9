import { z } from 'zod';
import type { Alert } from '../../alert/alert.ts';
import { atLeast, type Priority, parsePriority, priorities } from '../../alert/priority.ts';
import { parseDurationMs } from '../../base/duration.ts';
import { fieldOf, type Matcher, matchesGlob, parseMatcher, say } from './matcher.ts';
import { createMute, type Mute, muteConfig } from './mute.ts';
import type { RouteDecision, RouteMatch, Router, Throttle } from './router.ts';

const duration = z
  .string()
  .refine((text) => parseDurationMs(text) !== undefined, 'write a duration such as 30s, 5m or 1h');

/**
 * A route, as in Alertmanager: an alert that its matchers let in is offered to the routes below, in order, until one takes
 * it (and further while a taker says `continue`); when none does, the route itself answers. What a route does not say it
 * takes from the route above it.
 */
export const routeConfig = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]+$/, 'letters, digits, ".", "-" and "_" only')
    .optional()
    .describe('Names the route in logs and in `routes`'),
  minimum_priority: z
    .string()
    .refine((word) => parsePriority(word) !== undefined, `write one of ${priorities.join(', ')}`)
    .optional()
    .describe('Lets in alerts of this priority or a graver one'),
  rules: z.array(z.string()).min(1).optional().describe('Lets in alerts of these rules; * and ? as in file names'),
  sources: z.array(z.string()).min(1).optional().describe('Lets in alerts of these event sources'),
  tags: z.array(z.string()).min(1).optional().describe('Lets in alerts with at least one of these tags'),
  match: z.array(z.string()).optional().describe('Matchers, FIELD OPERATOR VALUE; all must hold'),
  outputs: z.array(z.string()).optional().describe('Names of outputs; an empty list discards'),
  continue: z.boolean().default(false).describe('Offer the alert to the following routes as well'),
  group_by: z
    .array(z.string())
    .optional()
    .describe(
      'Fields; of alerts that agree in them only the first goes out at once, the rest as one summary each interval',
    ),
  group_wait: duration.optional().describe('From the first alert to its first summary; by default the interval'),
  group_interval: duration.optional().describe('From one summary to the next; default 5m'),
  rate_limit: z
    .string()
    .regex(/^[1-9]\d*\/\w+$/, 'write COUNT/DURATION, such as 60/1m')
    .refine(
      (text) => parseDurationMs(text.slice(text.indexOf('/') + 1)) !== undefined,
      'write COUNT/DURATION, such as 60/1m',
    )
    .optional()
    .describe('COUNT/DURATION: what is beyond goes out as one summary; counts the routes below too'),
  mute: z.array(muteConfig).optional().describe('Times and alerts of which nobody hears'),
  get routes(): z.ZodOptional<z.ZodArray<typeof routeConfig>> {
    return z.array(routeConfig).optional();
  },
});

export type RouteConfig = z.input<typeof routeConfig>;

/** What is wrong with the routes, one line each, beginning with the place: `root/2: …`. */
export class RoutesError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the routes are not right:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

interface Node {
  readonly path: string;
  readonly matchers: readonly Matcher[];
  readonly outputs: readonly string[];
  readonly continue: boolean;
  readonly groupBy: readonly string[];
  readonly waitMs: number;
  readonly intervalMs: number;
  readonly limits: readonly Throttle[];
  readonly mutes: readonly Mute[];
  readonly children: readonly Node[];
}

/** Compiles the tree. `outputs` are the names that exist. Throws RoutesError with every problem found. */
export function createRouter(root: RouteConfig, outputs: ReadonlySet<string>): Router {
  const problems: string[] = [];
  if (root.continue === true) problems.push('root: `continue` has no following route here');
  const tree = compile(root, undefined, root.name ?? 'root', outputs, problems);
  if (problems.length > 0) throw new RoutesError(problems);
  return {
    match(alert, nowMs) {
      const answers: RouteMatch[] = [];
      if (!walk(tree, alert, nowMs, answers)) return [];
      return answers;
    },
    explain: (alert, nowMs) => explain(tree, alert, nowMs),
  };
}

function walk(node: Node, alert: Alert, nowMs: number, answers: RouteMatch[]): boolean {
  if (!node.matchers.every((matcher) => matcher.test(alert))) return false;
  let taken = false;
  for (const child of node.children) {
    if (!walk(child, alert, nowMs, answers)) continue;
    taken = true;
    if (!child.continue) break;
  }
  if (!taken) answers.push(answer(node, alert, nowMs));
  return true;
}

function explain(node: Node, alert: Alert, nowMs: number): RouteDecision {
  const matchers = node.matchers.map((matcher) => ({
    matcher: matcher.text,
    found: matcher.found(alert),
    holds: matcher.test(alert),
  }));
  if (!matchers.every(({ holds }) => holds)) return { route: node.path, matchers, matched: false, children: [] };
  const children: RouteDecision[] = [];
  for (const child of node.children) {
    const decision = explain(child, alert, nowMs);
    children.push(decision);
    if (decision.matched && !child.continue) break;
  }
  const decision: RouteDecision = { route: node.path, matchers, matched: true, children };
  return children.some(({ matched }) => matched) ? decision : { ...decision, answer: answer(node, alert, nowMs) };
}

function answer(node: Node, alert: Alert, nowMs: number): RouteMatch {
  const throttles = node.groupBy.length === 0 ? node.limits : [grouping(node, alert), ...node.limits];
  for (const mute of node.mutes) {
    const muted = mute(alert, nowMs);
    if (muted !== undefined) return { route: node.path, outputs: node.outputs, muted, throttles };
  }
  return { route: node.path, outputs: node.outputs, throttles };
}

function grouping(node: Node, alert: Alert): Throttle {
  const values = node.groupBy.map((name): [string, string | undefined] => {
    const value = fieldOf(alert, name);
    return [name, value === undefined || value === null ? undefined : say(value)];
  });
  return {
    key: JSON.stringify([node.path, ...values.map(([, value]) => value ?? null)]),
    shared: Object.fromEntries(values.filter((pair): pair is [string, string] => pair[1] !== undefined)),
    burst: 1,
    renews: false,
    waitMs: node.waitMs,
    intervalMs: node.intervalMs,
  };
}

function compile(
  config: RouteConfig,
  parent: Node | undefined,
  path: string,
  known: ReadonlySet<string>,
  problems: string[],
): Node {
  const attempt = <T>(make: () => T): T[] => {
    try {
      return [make()];
    } catch (error) {
      problems.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  };
  for (const name of config.outputs ?? [])
    if (!known.has(name))
      problems.push(`${path}: there is no output named "${name}"; the outputs are ${[...known].join(', ') || 'none'}`);
  if (parent === undefined && config.outputs === undefined && config.routes === undefined)
    problems.push(`${path}: name at least one output`);

  const intervalMs = parseDurationMs(config.group_interval ?? '') ?? parent?.intervalMs ?? 300_000;
  const node: Omit<Node, 'children'> = {
    path,
    matchers: [...shorthands(config), ...(config.match ?? []).flatMap((text) => attempt(() => parseMatcher(text)))],
    outputs: config.outputs ?? parent?.outputs ?? [],
    continue: config.continue ?? false,
    groupBy: config.group_by ?? parent?.groupBy ?? [],
    waitMs:
      parseDurationMs(config.group_wait ?? '') ??
      (config.group_interval === undefined ? parent?.waitMs : undefined) ??
      intervalMs,
    intervalMs,
    limits: [...rateLimit(config, path), ...(parent?.limits ?? [])],
    mutes: [
      ...(config.mute ?? []).flatMap((mute) => attempt(() => createMute(muteConfig.parse(mute)))),
      ...(parent?.mutes ?? []),
    ],
  };
  const names = new Set<string>();
  const children = (config.routes ?? []).map((child, index) => {
    const name = child.name ?? String(index + 1);
    if (names.has(name)) problems.push(`${path}/${name}: two routes side by side have this name`);
    names.add(name);
    return compile(child, { ...node, children: [] }, `${path}/${name}`, known, problems);
  });
  return { ...node, children };
}

function rateLimit({ rate_limit: text }: RouteConfig, path: string): Throttle[] {
  if (text === undefined) return [];
  const slash = text.indexOf('/');
  const intervalMs = parseDurationMs(text.slice(slash + 1)) ?? 60_000;
  const burst = Number(text.slice(0, slash));
  return [
    { key: JSON.stringify([path, 'rate_limit']), shared: {}, burst, renews: true, waitMs: intervalMs, intervalMs },
  ];
}

function shorthands(config: RouteConfig): Matcher[] {
  const matchers: Matcher[] = [];
  const add = (text: string, field: string, test: (alert: Alert) => boolean): void => {
    matchers.push({ text, test, found: (alert) => say(fieldOf(alert, field)) });
  };
  const { minimum_priority: word, rules, sources, tags } = config;
  const threshold: Priority | undefined = word === undefined ? undefined : parsePriority(word);
  if (threshold !== undefined)
    add(`minimum_priority ${threshold}`, 'priority', (alert) => atLeast(alert.priority, threshold));
  if (rules !== undefined)
    add(`rules ${rules.join(', ')}`, 'rule', (alert) => rules.some((rule) => matchesGlob(alert.rule, rule)));
  if (sources !== undefined) add(`sources ${sources.join(', ')}`, 'source', (alert) => sources.includes(alert.source));
  if (tags !== undefined)
    add(`tags ${tags.join(', ')}`, 'tags', (alert) => alert.tags.some((tag) => tags.includes(tag)));
  return matchers;
}
