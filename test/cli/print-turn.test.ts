import { describe, expect, it } from 'vitest';
import { PrintTurn, Room } from '../../src/cli/print-turn.ts';
import type { PrintedAlerts } from '../../src/cli/printed-alerts.ts';

const of = (...texts: string[]): PrintedAlerts[] =>
  texts.map((text) => ({ text: new TextEncoder().encode(text), hours: [] }));

describe('the turn of an object to print', () => {
  const printed: string[] = [];
  const print = (alerts: readonly PrintedAlerts[]): Promise<void> => {
    printed.push(...alerts.map(({ text }) => new TextDecoder().decode(text)));
    return Promise.resolve();
  };

  it('holds what comes before it as far as there is room, waits with the rest, and prints all in order', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const room = new Room(6);
    const turn = new PrintTurn(promise, room, print);
    await turn.accept(of('ab', 'c'));
    await turn.accept(of('def'));
    const tooMuch = turn.accept(of('g'));
    await expect(Promise.race([tooMuch.then(() => 'taken'), Promise.resolve('waits')])).resolves.toBe('waits');
    expect(printed).toEqual([]);
    resolve();
    await tooMuch;
    await turn.accept(of('h'));
    expect(printed).toEqual(['ab', 'c', 'def', 'g', 'h']);
    expect([room.take(6), room.take(1)]).toEqual([true, false]);
  });

  it('fails what waits when it does not come', async () => {
    const turn = new PrintTurn(Promise.reject(new Error('nobody reads')), new Room(0), print);
    await expect(turn.accept(of('x'))).rejects.toThrow('nobody reads');
    await expect(turn.come).rejects.toThrow('nobody reads');
  });
});
