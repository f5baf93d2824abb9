import type { Alert, Fields } from '../alert/alert.ts';
import type { AlertIntake } from '../alert/alert-intake.ts';
import { ReceivedAlert } from '../alert/received-alert.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { Enricher } from './enrich/enricher.ts';
import { createMerger } from './enrich/merged-facts.ts';
import type { AlertStore, Appended, Durability } from './store/alert-store.ts';

export interface IntakeOptions {
  readonly store: Pick<AlertStore, 'append'>;
  /** Asked in this order; each sees the alert as it came, not what the others added. */
  readonly enrichers: readonly Enricher[];
  /** How safe an alert is when `receive` answers, where the caller does not say. `accept` is always `synced`. */
  readonly durability?: Durability;
  /** An enricher threw or wrote where it may not; the alert went on without its facts. */
  readonly misbehaved?: (enricher: string, problem: string) => void;
}

/** The door of the service: normalise, enrich, append. */
export interface Intake extends AlertIntake {
  /** As `accept`, as durable as configured or as asked, telling what became of each alert. For the HTTP surface. */
  receive(alerts: readonly Alert[], durability?: Durability): Promise<readonly Appended[]>;
}

export function createIntake({ store, enrichers, durability = 'written', misbehaved }: IntakeOptions): Intake {
  const prepare = (alert: Alert): Alert => enriched(alert, enrichers, misbehaved);
  return {
    async accept(alerts) {
      if (alerts.length > 0) await store.append(alerts.map(prepare), 'synced');
    },
    receive(alerts, asked = durability) {
      return alerts.length === 0 ? Promise.resolve([]) : store.append(alerts.map(prepare), asked);
    },
  };
}

const together = createMerger();

/** Facts that were looked at, with who may write them: alerts share them. */
const foundGood = new RecentMap<Fields, string>(1_024);
const maxShared = 64;

/** The alert, normalised, with the facts of the enrichers. */
export function enriched(
  alert: Alert,
  enrichers: readonly Enricher[],
  misbehaved?: IntakeOptions['misbehaved'],
): Alert {
  const tags = normalTags(alert.tags);
  let found: Fields | undefined;
  for (const enricher of enrichers) {
    const facts = factsOf(enricher, alert, misbehaved);
    if (facts !== undefined) found = found === undefined ? facts : together(found, facts);
  }
  // What the sender wrote is as large as it likes, and is not remembered.
  const enrichment =
    alert.enrichment === undefined || found === undefined
      ? (found ?? alert.enrichment)
      : { ...alert.enrichment, ...found };
  if (tags === alert.tags && enrichment === alert.enrichment) return alert;
  if (tags === alert.tags && ReceivedAlert.is(alert)) return new ReceivedAlert(alert, enrichment);
  return { ...alert, tags, ...(enrichment === undefined ? {} : { enrichment }) };
}

/** An enricher that breaks its contract costs the alert its facts, never the alert. */
function factsOf(enricher: Enricher, alert: Alert, misbehaved: IntakeOptions['misbehaved']): Fields | undefined {
  try {
    const facts = enricher.lookup(alert);
    if (facts === undefined) return undefined;
    if (foundGood.recall(facts) === enricher.name) return facts;
    const prefix = `${enricher.name}.`;
    let foreign: string | undefined;
    let names = 0;
    for (const name in facts) {
      names += 1;
      if (!name.startsWith(prefix)) foreign ??= name;
    }
    if (foreign === undefined) {
      if (names > 0 && names <= maxShared) foundGood.set(facts, enricher.name);
      return names === 0 ? undefined : facts;
    }
    misbehaved?.(enricher.name, `it wrote "${foreign}", which is not under its own name`);
  } catch (error) {
    misbehaved?.(enricher.name, error instanceof Error ? error.message : String(error));
  }
  return undefined;
}

function normalTags(tags: readonly string[]): readonly string[] {
  const inOrder = tags.every((tag, index) => index === 0 || (tags[index - 1] ?? '') < tag);
  return inOrder ? tags : [...new Set(tags)].sort();
}
