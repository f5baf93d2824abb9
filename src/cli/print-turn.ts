import { freeBytes } from '../base/free-bytes.ts';
import { HourTable } from './hour-table.ts';
import type { PrintedAlerts } from './printed-alerts.ts';
import { SpillFile } from './spill-file.ts';

/** What all objects together may hold before their turn, in bytes of text. */
export class Room {
  #left: number;

  constructor(size: number) {
    this.#left = size;
  }

  take(size: number): boolean {
    if (size > this.#left) return false;
    this.#left -= size;
    return true;
  }

  giveBack(size: number): void {
    this.#left += size;
  }
}

/** Where text waits: first in memory, then on disk. */
export interface WaitingRooms {
  readonly memory: Room;
  readonly disk: Room;
  /** Undefined where there is no disk to write to. */
  openFile(): SpillFile | undefined;
}

/** Resolves when it is printed, and the text's memory may be written to again. */
type Print = (printed: readonly PrintedAlerts[]) => Promise<void>;

/**
 * What is printed of one object. Before its turn it is held, so that its thread can go on, as far as there is room; what
 * there is no room for waits, and so does the reading.
 */
export class PrintTurn {
  readonly #print: Print;
  readonly #rooms: WaitingRooms;
  readonly #inMemory: PrintedAlerts['text'][] = [];
  #hours = new HourTable();
  /** Null where there is none to be had. */
  #onDisk: SpillFile | null | undefined;
  #sizeOnDisk = 0;
  #holds = true;
  #holding: Promise<boolean> | undefined;
  /** Its turn is there and what was held is printed. Rejects where the turn does not come, and where printing fails. */
  readonly come: Promise<void>;

  constructor(turn: Promise<void>, rooms: WaitingRooms, print: Print) {
    this.#print = print;
    this.#rooms = rooms;
    this.come = this.#wait(turn);
    // Whoever waits for it is told; there may be nobody.
    this.come.catch(() => undefined);
  }

  /**
   * Called in the order of the lines, one after the other. Resolves when they are held or printed. Takes the texts over and
   * gives their memory back (free-bytes.ts says why).
   */
  async accept(printed: readonly PrintedAlerts[]): Promise<void> {
    if (this.#holds) {
      this.#holding = this.#hold(printed);
      if (await this.#holding) return;
    }
    this.#holds = false;
    await this.come;
    await this.#print(printed);
    for (const { text } of printed) freeBytes(text);
  }

  async #hold(printed: readonly PrintedAlerts[]): Promise<boolean> {
    const texts = printed.map(({ text }) => text);
    const size = texts.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (this.#onDisk === undefined && this.#rooms.memory.take(size)) this.#inMemory.push(...texts);
    else if (!(await this.#spill(texts, size))) return false;
    for (const { hours } of printed) for (const { hour, rule, alerts } of hours) this.#hours.add(hour, rule, alerts);
    return true;
  }

  async #spill(texts: readonly Uint8Array[], size: number): Promise<boolean> {
    if (!this.#rooms.disk.take(size)) return false;
    this.#sizeOnDisk += size;
    this.#onDisk ??= this.#rooms.openFile() ?? null;
    const isOnDisk = (await this.#onDisk?.append(texts)) ?? false;
    if (isOnDisk) for (const text of texts) freeBytes(text);
    return isOnDisk;
  }

  async #wait(turn: Promise<void>): Promise<void> {
    try {
      await turn;
      await this.#flush();
    } finally {
      await this.#leave();
    }
  }

  async #flush(): Promise<void> {
    this.#holds = false;
    await this.#holding;
    for (let text = this.#inMemory.shift(); text !== undefined; text = this.#inMemory.shift()) {
      this.#rooms.memory.giveBack(text.byteLength);
      await this.#print([{ text, hours: [] }]);
      freeBytes(text);
    }
    for await (const text of this.#onDisk?.chunks() ?? []) await this.#print([{ text, hours: [] }]);
    const hours = this.#hours.rows();
    this.#hours = new HourTable();
    if (hours.length > 0) await this.#print([{ text: new Uint8Array(), hours }]);
  }

  async #leave(): Promise<void> {
    this.#holds = false;
    await this.#holding;
    this.#rooms.disk.giveBack(this.#sizeOnDisk);
    await this.#onDisk?.close();
  }
}
