import type { Alert } from '../../alert/alert.ts';

/** How many alerts of one kind go out one by one, and when the rest is summed up. */
export interface Throttle {
  /** Alerts with the same key are counted together. Unique over the whole tree. */
  readonly key: string;
  /** What the alerts of the key have in common, for the summary's text and fields: field name → value. */
  readonly shared: Readonly<Record<string, string>>;
  /** So many go out at once in the first window. */
  readonly burst: number;
  /** Whether as many go out at once in each following window (a rate limit), or none until the alerts have ceased for a window (a group). */
  readonly renews: boolean;
  /** From the window's first alert to its first summary. */
  readonly waitMs: number;
  /** From one summary to the next while alerts keep coming. */
  readonly intervalMs: number;
}

/** One answer of the router: which outputs get the alert, which route said so, and how. */
export interface RouteMatch {
  /** The route's path in the tree: `root`, `root/2`, or the names given in the config, `root/payments`. */
  readonly route: string;
  readonly outputs: readonly string[];
  /** Why nobody hears of it now, when a mute holds. The alert is stored all the same. */
  readonly muted?: string;
  /** In the order in which they are asked: grouping first, then the route's rate limit. Empty: each alert goes out as it is. */
  readonly throttles: readonly Throttle[];
}

/** What one route said about an alert, for people. */
export interface RouteDecision {
  readonly route: string;
  /** Each matcher as configured, what stood in the alert, and whether it holds. */
  readonly matchers: readonly { readonly matcher: string; readonly found: string; readonly holds: boolean }[];
  readonly matched: boolean;
  /** Set on the routes whose answer counts. */
  readonly answer?: RouteMatch;
  /** The routes below it that were asked, in order; empty when it did not match. */
  readonly children: readonly RouteDecision[];
}

/** Decides who hears of an alert. Pure: the same alert at the same time gives the same answer until the config changes. */
export interface Router {
  match(alert: Alert, nowMs: number): readonly RouteMatch[];
  /** The same answer with its reasons. */
  explain(alert: Alert, nowMs: number): RouteDecision;
}
