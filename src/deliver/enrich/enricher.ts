import type { z } from 'zod';
import type { Alert, Fields } from '../../alert/alert.ts';
import type { Clock } from '../../base/clock.ts';
import type { GeoLookup } from '../../geoip/geo-lookup.ts';

/** Adds facts to alerts. One kind per file in this folder, listed in registry.ts. */
export interface Enricher {
  /** The first segment of every key that it writes: `geoip`, `elb`. */
  readonly name: string;
  /**
   * The facts about one alert, keys beginning with `name` and a dot, or undefined when there is nothing to say.
   * Called once for each alert, before it is stored. Local and synchronous; never throws. The result may be shared by alerts: nobody changes it.
   */
  lookup(alert: Alert): Fields | undefined;
  /** What is wrong right now (a database missing or older than it should be), for `/readyz` and `check`; empty when all is well. */
  problems(): readonly string[];
  /** Since it was opened: how often it was asked about something that it should know, and how often it did not. For metrics. */
  counts?(): { readonly asked: number; readonly missed: number };
  close?(): Promise<void>;
}

/** What an enricher may use of the house. */
export interface EnricherTools {
  readonly clock: Clock;
  readonly geo: GeoLookup;
  /** A path from the config, made absolute: relative ones count from the config's `base_dir`. */
  readonly resolvePath: (path: string) => string;
  /** A file of its own in the state folder, for what should survive a restart. It and its folder may not be there yet. */
  readonly stateFile: string;
}

/** An enricher kind: config, documentation and code in one file, listed in registry.ts. */
export interface EnricherKind<C extends z.ZodType = z.ZodType> {
  /** `kind:` in the config; the file's name. */
  readonly kind: string;
  /** One sentence for the README's table. */
  readonly about: string;
  /** Its own keys in the config, beside `kind`. */
  readonly config: C;
  /** Reads its files. What cannot be read is a problem of the enricher, not a reason to reject: alerts go on without it. */
  open(config: z.infer<C>, tools: EnricherTools): Promise<Enricher>;
}

/** Keeps the config's type between `config` and `open` of one kind. */
export function defineEnricher<C extends z.ZodType>(kind: EnricherKind<C>): EnricherKind<C> {
  return kind;
}
