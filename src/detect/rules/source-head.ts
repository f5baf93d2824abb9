import type { LogEvent } from '../formats/format.ts';
import type { EventHead } from './generic-fields.ts';

/** What may be asked of the event at hand. */
type HeadEvent = Pick<LogEvent, 'timeNs' | 'raw'>;

/**
 * What the engine knows of the event at hand of one event source. Shared by the engines of the source's formats: Falco
 * counts events by source, whatever their shape. Times are read only when a rule asks.
 */
export class SourceHead implements EventHead {
  num = 0;
  readonly source: string;
  readonly pluginName: string;
  readonly hostname: string;
  #event: HeadEvent | undefined;
  #first: HeadEvent | undefined;

  constructor(source: string, pluginName: string, hostname: string) {
    this.source = source;
    this.pluginName = pluginName;
    this.hostname = hostname;
  }

  next(event: HeadEvent): void {
    this.num++;
    this.#event = event;
    this.#first ??= event;
  }

  get timeNs(): bigint {
    return this.#event?.timeNs ?? 0n;
  }

  get firstTimeNs(): bigint {
    return this.#first?.timeNs ?? 0n;
  }

  get summary(): string {
    return this.#event?.raw ?? '';
  }
}
