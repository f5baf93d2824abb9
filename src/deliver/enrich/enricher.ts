import type { Alert, Fields } from '../../alert/alert.ts';

/** Adds facts to alerts. One kind per file in this folder, listed in registry.ts. */
export interface Enricher {
  /** The first segment of every key that it writes: `geoip`, `elb`. */
  readonly name: string;
  /**
   * The facts about one alert, keys beginning with `name` and a dot, or undefined when there is nothing to say.
   * Called once for each alert, before it is stored. Local and synchronous; never throws. The result belongs to the caller.
   */
  lookup(alert: Alert): Fields | undefined;
  /** What is wrong right now (a database missing or older than it should be), for `/readyz` and `check`; empty when all is well. */
  problems(): readonly string[];
  close?(): Promise<void>;
}
