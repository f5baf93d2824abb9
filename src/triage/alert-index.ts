import { priorities } from '../alert/priority.ts';
import { AddressTable } from './address-table.ts';
import type { AlertFacts } from './alert-facts.ts';
import { type TriageStatus, triageStatuses } from './status.ts';
import { Chunk } from './chunk.ts';
import { Dictionary } from './dictionary.ts';

/** Narrow columns are 16 bits. */
const maxNarrow = 65_535;
/** Whoever scans makes paths up; those of a million alerts need not all be told apart. */
const maxPaths = 250_000;
const maxPathChars = 16 * 1024 * 1024;

/** Where a client is, as its dictionary's text says it. */
export interface Place {
  readonly country: string;
  readonly city?: string;
  readonly latitude?: number;
  readonly longitude?: number;
}

/** What one row was decided to be. */
export interface RowDecision {
  readonly status: TriageStatus;
  readonly assignee: string | null;
}

/** All alerts in memory, as columns: filters and counts are scans over them. */
export class AlertIndex {
  readonly chunks: Chunk[] = [];
  readonly rules = new Dictionary(maxNarrow);
  readonly sources = new Dictionary(maxNarrow);
  /** Texts are tags, each ended by a line end. */
  readonly tagSets = new Dictionary(maxNarrow);
  readonly balancers = new Dictionary(maxNarrow);
  readonly countries = new Dictionary(maxNarrow);
  /** Texts are JSON of Place. */
  readonly places = new Dictionary(maxNarrow);
  readonly assignees = new Dictionary(maxNarrow);
  /** Texts are the number, a blank, the organisation. */
  readonly networks = new Dictionary(1_000_000);
  readonly countryNames = new Map<string, string>();
  clients = new AddressTable();
  paths = new Dictionary(maxPaths, maxPathChars);
  /** Counted up whenever numbers that were given out change their meaning. */
  numbering = 0;
  #size = 0;
  #lastPosition = 0;

  get size(): number {
    return this.#size;
  }

  get lastPosition(): number {
    return this.#lastPosition;
  }

  /** Positions only grow. */
  append(position: number, facts: AlertFacts, decision: RowDecision | undefined): void {
    const timeMs = Date.parse(facts.time);
    const { country, countryName } = facts;
    if (country !== undefined && countryName !== undefined) this.countryNames.set(country, countryName);
    const chunk = this.#chunkFor(position);
    chunk.push({
      position,
      timeMs: Number.isNaN(timeMs) ? 0 : timeMs,
      priority: priorities.indexOf(facts.priority),
      status: decision === undefined ? 0 : triageStatuses.indexOf(decision.status),
      rule: this.rules.add(facts.rule),
      source: this.sources.add(facts.source),
      tags: this.tagSets.add(facts.tags.map((tag) => `${tag}\n`).join('')),
      balancer: this.balancers.add(facts.balancer),
      country: this.countries.add(country),
      place: this.places.add(placeText(facts)),
      assignee: this.assignees.add(decision?.assignee ?? undefined),
      asn: this.networks.add(facts.asn === undefined ? undefined : `${facts.asn} ${facts.asOrg ?? ''}`),
      client: this.clients.add(facts.clientAddress),
      path: this.paths.add(facts.path),
    });
    if (chunk.isFull) chunk.prepareOrderOfTime();
    this.#size++;
    this.#lastPosition = position;
  }

  /** The dictionaries whose numbers stand in saved columns, `clients` aside. */
  dictionaries(): Readonly<Record<string, Dictionary>> {
    const { rules, sources, tagSets, balancers, countries, places, networks, paths } = this;
    return { rules, sources, tagSets, balancers, countries, places, networks, paths };
  }

  /** Takes a full chunk behind all others; its numbers must be those of the dictionaries. */
  adopt(chunk: Chunk): void {
    chunk.prepareOrderOfTime();
    this.chunks.push(chunk);
    this.#size += chunk.end - chunk.start;
    this.#lastPosition = chunk.position(chunk.end - 1);
  }

  /** Forgets the alerts before `position`. */
  removeBefore(position: number): void {
    for (let chunk = this.chunks[0]; chunk !== undefined; chunk = this.chunks[0]) {
      const row = chunk.rowAt(position);
      this.#size -= row - chunk.start;
      chunk.start = row;
      if (row < chunk.end) return;
      if (chunk === this.chunks.at(-1) && !chunk.isFull) return;
      this.chunks.shift();
    }
  }

  decide(position: number, { status, assignee }: RowDecision): void {
    const found = this.locate(position);
    if (found === undefined) return;
    found.chunk.columns.status[found.row] = triageStatuses.indexOf(status);
    found.chunk.columns.assignee[found.row] = this.assignees.add(assignee ?? undefined);
  }

  locate(position: number): { readonly chunk: Chunk; readonly row: number } | undefined {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const chunk = this.chunks[middle];
      if (chunk === undefined) return undefined;
      if (chunk.end === 0 || position < chunk.position(0)) high = middle - 1;
      else if (position > chunk.position(chunk.end - 1)) low = middle + 1;
      else {
        const row = chunk.rowAt(position);
        return row < chunk.end && chunk.position(row) === position ? { chunk, row } : undefined;
      }
    }
    return undefined;
  }

  /**
   * Numbers the clients and paths anew, those that no alert has any more left out. Worth its while when the dictionaries
   * hold more than twice what the alerts can need; one pass over all rows.
   */
  compactIfWorthIt(): void {
    const clientsDue = this.clients.size > 65_536 && this.clients.size > 2 * this.#size;
    const pathsDue = this.paths.refused > 65_536;
    if (clientsDue || pathsDue) this.numbering++;
    if (clientsDue) {
      const old = this.clients;
      const anew = new AddressTable();
      this.#renumber('client', old.size, (id) => anew.add(old.text(id)));
      this.clients = anew;
    }
    if (pathsDue) {
      const old = this.paths;
      const anew = new Dictionary(maxPaths, maxPathChars);
      this.#renumber('path', old.size, (id) => anew.add(old.text(id)));
      this.paths = anew;
    }
  }

  #renumber(column: 'client' | 'path', size: number, add: (id: number) => number): void {
    const numbers = new Uint32Array(size);
    for (const { columns, start, end } of this.chunks) {
      const values = columns[column];
      for (let row = start; row < end; row++) {
        const id = values[row] ?? 0;
        if (id === 0) continue;
        let number = numbers[id] ?? 0;
        if (number === 0) {
          number = add(id);
          numbers[id] = number;
        }
        values[row] = number;
      }
    }
  }

  #chunkFor(position: number): Chunk {
    const last = this.chunks.at(-1);
    if (last?.takes(position) === true) return last;
    const chunk = new Chunk();
    this.chunks.push(chunk);
    return chunk;
  }
}

function placeText({ country, city, latitude, longitude }: AlertFacts): string | undefined {
  if (country === undefined) return undefined;
  return JSON.stringify({ country, city, latitude: round(latitude), longitude: round(longitude) } satisfies {
    [K in keyof Place]: Place[K] | undefined;
  });
}

/** Two decimals are a kilometre: enough for a map of the world, and few places. */
function round(degrees: number | undefined): number | undefined {
  return degrees === undefined ? undefined : Math.round(degrees * 100) / 100;
}
