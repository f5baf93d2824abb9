import { describe, expect, it } from 'vitest';
import { InFlight } from '../../../src/detect/sources/in-flight.ts';
import { settle } from '../../support/hand-clock.ts';

const never = new AbortController().signal;

/** Whether it got in by now. */
function entering(room: InFlight, bytes: number, signal = never): { entered: boolean | undefined } {
  const state: { entered: boolean | undefined } = { entered: undefined };
  void room.enter(bytes, signal).then((entered) => {
    state.entered = entered;
  });
  return state;
}

describe('objects in flight', () => {
  it('are as many as allowed and no more', async () => {
    const room = new InFlight({ maxObjects: 2, maxBytes: 1000 });
    const states = [1, 1, 1].map((bytes) => entering(room, bytes));
    await settle();
    expect(states.map(({ entered }) => entered)).toEqual([true, true, undefined]);
    room.leave(1);
    await settle();
    expect(states[2]?.entered).toBe(true);
  });

  it('are as large together as allowed and no larger', async () => {
    const room = new InFlight({ maxObjects: 10, maxBytes: 100 });
    const states = [60, 40, 1].map((bytes) => entering(room, bytes));
    await settle();
    expect(states.map(({ entered }) => entered)).toEqual([true, true, undefined]);
    room.leave(40);
    await settle();
    expect(states[2]?.entered).toBe(true);
  });

  it('may be one alone that is larger than all the room', async () => {
    const room = new InFlight({ maxObjects: 10, maxBytes: 100 });
    const small = entering(room, 1);
    const large = entering(room, 500);
    await settle();
    expect(large.entered).toBeUndefined();
    room.leave(1);
    await settle();
    expect([small.entered, large.entered]).toEqual([true, true]);
  });

  it('are waited for no longer when the signal is aborted', async () => {
    const room = new InFlight({ maxObjects: 1, maxBytes: 100 });
    const stop = new AbortController();
    await room.enter(1, never);
    const waiting = entering(room, 1, stop.signal);
    const empty = room.empty(stop.signal);
    await settle();
    expect(waiting.entered).toBeUndefined();
    stop.abort();
    await empty;
    await settle();
    expect(waiting.entered).toBe(false);
  });

  it('can be waited for until all have left', async () => {
    const room = new InFlight({ maxObjects: 2, maxBytes: 100 });
    await room.enter(1, never);
    await room.enter(1, never);
    let empty = false;
    const waiting = room.empty(never).then(() => {
      empty = true;
    });
    room.leave(1);
    await settle();
    expect(empty).toBe(false);
    room.leave(1);
    await waiting;
    expect(empty).toBe(true);
  });
});
