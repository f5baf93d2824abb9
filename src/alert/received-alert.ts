import type { Alert, Fields } from './alert.ts';
import type { Priority } from './priority.ts';

/**
 * An alert that `decodeAlert` reads again from its `received` text, whole but for the enrichment: so the store keeps the
 * text and the enrichment, and nothing twice. A copy that is changed (`{ ...alert, tags }`) is no longer one.
 */
export class ReceivedAlert implements Alert {
  readonly id: string;
  readonly time: string;
  readonly rule: string;
  readonly priority: Priority;
  readonly source: string;
  readonly output: string;
  declare readonly hostname?: string;
  readonly tags: readonly string[];
  readonly fields: Fields;
  declare readonly enrichment?: Fields;
  readonly received: string;
  // Tells these from their copies, which have no private members.
  readonly #whole = true;

  constructor(alert: Alert & { readonly received: string }, enrichment?: Fields) {
    this.id = alert.id;
    this.time = alert.time;
    this.rule = alert.rule;
    this.priority = alert.priority;
    this.source = alert.source;
    this.output = alert.output;
    if (alert.hostname !== undefined) this.hostname = alert.hostname;
    this.tags = alert.tags;
    this.fields = alert.fields;
    if (enrichment !== undefined) this.enrichment = enrichment;
    this.received = alert.received;
  }

  static is(alert: Alert): alert is ReceivedAlert {
    return #whole in alert && alert.#whole;
  }
}
