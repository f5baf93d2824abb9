import type { Alert } from '../../alert/alert.ts';

/** One answer of the router: which outputs get the alert, and which route said so. */
export interface RouteMatch {
  /** The route's path in the tree, as configured: `root`, `root/2`, or its name. */
  readonly route: string;
  readonly outputs: readonly string[];
}

/** Decides who hears of an alert. Pure: the same alert gives the same answer until the config changes. */
export interface Router {
  match(alert: Alert): readonly RouteMatch[];
}
