import type { PrintedAlerts } from './printed-alerts.ts';

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

type Print = (printed: readonly PrintedAlerts[]) => Promise<void>;

/**
 * What is printed of one object. Before its turn it is held, so that its thread can go on, as far as there is room; what
 * there is no room for waits, and so does the reading.
 */
export class PrintTurn {
  readonly #print: Print;
  readonly #room: Room;
  readonly #held: (readonly PrintedAlerts[])[] = [];
  #holds = true;
  /** Its turn is there and what was held is printed. Rejects where the turn does not come, and where printing fails. */
  readonly come: Promise<void>;

  constructor(turn: Promise<void>, room: Room, print: Print) {
    this.#print = print;
    this.#room = room;
    this.come = turn.then(() => this.#flush());
    // Whoever waits for it is told; there may be nobody.
    this.come.catch(() => undefined);
  }

  /** Called in the order of the lines, one after the other. Resolves when they are held or printed. */
  async accept(printed: readonly PrintedAlerts[]): Promise<void> {
    if (this.#holds && this.#room.take(lengthOf(printed))) {
      this.#held.push(printed);
      return;
    }
    this.#holds = false;
    await this.come;
    await this.#print(printed);
  }

  async #flush(): Promise<void> {
    this.#holds = false;
    for (let printed = this.#held.shift(); printed !== undefined; printed = this.#held.shift()) {
      this.#room.giveBack(lengthOf(printed));
      await this.#print(printed);
    }
  }
}

function lengthOf(printed: readonly PrintedAlerts[]): number {
  return printed.reduce((sum, { text }) => sum + text.byteLength, 0);
}
