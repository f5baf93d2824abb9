import { existsSync, openSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrintTurn, Room, type WaitingRooms } from '../../src/cli/print-turn.ts';
import type { PrintedAlerts } from '../../src/cli/printed-alerts.ts';
import { SpillFile } from '../../src/cli/spill-file.ts';

const hours = [{ hour: '2026-09-15T18:00:00Z', rule: 'Any', alerts: 1 }];
const of = (...texts: string[]): PrintedAlerts[] =>
  texts.map((text) => ({ text: new TextEncoder().encode(text), hours }));

const rooms = (memory: number, disk = 0, openFile = (): SpillFile | undefined => SpillFile.open()): WaitingRooms => ({
  memory: new Room(memory),
  disk: new Room(disk),
  openFile,
});

class Printer {
  text = '';
  alerts = 0;

  readonly print = async (printed: readonly PrintedAlerts[]): Promise<void> => {
    await Promise.resolve();
    for (const { text, hours } of printed) {
      this.text += new TextDecoder().decode(text);
      for (const { alerts } of hours) this.alerts += alerts;
    }
  };
}

const full = existsSync('/dev/full') ? new SpillFile(openSync('/dev/full', 'r+')) : undefined;

const waits = (promise: Promise<void>): Promise<unknown> =>
  expect(Promise.race([promise.then(() => 'taken'), Promise.resolve('waits')])).resolves.toBe('waits');

describe('the turn of an object to print', () => {
  it('holds what comes before it as far as there is room, waits with the rest, and prints all in order', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const printer = new Printer();
    const { memory, ...others } = rooms(6);
    const turn = new PrintTurn(promise, { memory, ...others }, printer.print);
    await turn.accept(of('ab', 'c'));
    await turn.accept(of('def'));
    const tooMuch = turn.accept(of('g'));
    await waits(tooMuch);
    expect(printer.text).toBe('');
    resolve();
    await tooMuch;
    await turn.accept(of('h'));
    expect(printer).toMatchObject({ text: 'abcdefgh', alerts: 5 });
    expect([memory.take(6), memory.take(1)]).toEqual([true, false]);
  });

  it('holds on disk what memory has no room for, up to the byte, and gives that room back', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const printer = new Printer();
    const { disk, ...others } = rooms(2, 5);
    const turn = new PrintTurn(promise, { disk, ...others }, printer.print);
    for (const text of ['ab', 'cde', 'fg']) await turn.accept(of(text));
    const tooMuch = turn.accept(of('h'));
    await waits(tooMuch);
    resolve();
    await tooMuch;
    expect(printer).toMatchObject({ text: 'abcdefgh', alerts: 4 });
    expect([disk.take(5), disk.take(1)]).toEqual([true, false]);
  });

  it('prints in order whatever comes when, wherever it waits', async () => {
    const texts = fc.array(fc.array(fc.string({ maxLength: 2000 }), { maxLength: 3 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(texts, fc.nat(12), fc.nat(3000), fc.nat(8000), async (blocks, comesAfter, memory, disk) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const printer = new Printer();
        const turn = new PrintTurn(promise, rooms(memory, disk), printer.print);
        const accepting = (async () => {
          for (const block of blocks) await turn.accept(of(...block));
        })();
        for (let rounds = 0; rounds < comesAfter; rounds++) await new Promise((next) => setImmediate(next));
        resolve();
        await Promise.all([accepting, turn.come]);
        const all = blocks.flat();
        expect(printer).toMatchObject({ text: all.join(''), alerts: all.length });
      }),
    );
  });

  it('gives the memory of texts back when they are printed or on disk, and not before', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const printer = new Printer();
    const turn = new PrintTurn(promise, rooms(100_000, 100_000), printer.print);
    const [inMemory, onDisk, late] = ['a', 'b', 'c'].map((letter) => of(letter.repeat(100_000)));
    const isThere = (): boolean[] => [inMemory, onDisk, late].map((each) => each?.[0]?.text.byteLength === 100_000);
    await turn.accept(inMemory ?? []);
    await turn.accept(onDisk ?? []);
    expect(isThere()).toEqual([true, false, true]);
    resolve();
    await turn.accept(late ?? []);
    expect(isThere()).toEqual([false, false, false]);
    expect(printer.text).toBe('a'.repeat(100_000) + 'b'.repeat(100_000) + 'c'.repeat(100_000));
  });

  it.each([
    ['there is no folder for it', () => SpillFile.open('/nowhere/at/all')],
    ['the disk is full', () => full],
  ])('waits when %s', async (_why, openFile) => {
    // Where no disk is always full, the test has none at all.
    expect((await full?.append([Buffer.from('x')])) ?? false).toBe(false);
    const { promise, resolve } = Promise.withResolvers<void>();
    const printer = new Printer();
    const turn = new PrintTurn(promise, rooms(1, 100, openFile), printer.print);
    await turn.accept(of('a'));
    const onDisk = turn.accept(of('b'));
    await new Promise((next) => setImmediate(next));
    await waits(onDisk);
    resolve();
    await onDisk;
    await turn.accept(of('c'));
    expect(printer).toMatchObject({ text: 'abc', alerts: 3 });
  });

  it('fails what waits when it does not come', async () => {
    const turn = new PrintTurn(Promise.reject(new Error('nobody reads')), rooms(0), new Printer().print);
    await expect(turn.accept(of('x'))).rejects.toThrow('nobody reads');
    await expect(turn.come).rejects.toThrow('nobody reads');
  });

  it('fails what comes after it did not, though there is room on disk', async () => {
    const { promise, reject } = Promise.withResolvers<void>();
    const turn = new PrintTurn(promise, rooms(0, 100), new Printer().print);
    await turn.accept(of('x'));
    reject(new Error('nobody reads'));
    await expect(turn.come).rejects.toThrow('nobody reads');
    await expect(turn.accept(of('y'))).rejects.toThrow('nobody reads');
  });
});
