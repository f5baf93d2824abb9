import { expect, it } from 'vitest';
import { Hangups } from '../../src/cli/hangups.ts';
import { settle } from '../support/hand-clock.ts';

function hangupsToCause(): { readonly hangups: Hangups; readonly hangUp: () => void } {
  const listeners: (() => void)[] = [];
  const hangups = new Hangups({ onHangup: (listener) => void listeners.push(listener) });
  return { hangups, hangUp: () => listeners.forEach((listener) => listener()) };
}

it('remembers a SIGHUP that comes before anything can act on it', async () => {
  const { hangups, hangUp } = hangupsToCause();
  hangUp();
  let acted = 0;
  hangups.act(async () => {
    acted += 1;
  });
  await settle();
  expect(acted).toBe(1);
});

it('acts one after the other, once for all that come meanwhile, and not after the end', async () => {
  const { hangups, hangUp } = hangupsToCause();
  const acts: PromiseWithResolvers<void>[] = [];
  hangups.act(() => {
    const act = Promise.withResolvers<void>();
    acts.push(act);
    return act.promise;
  });
  hangUp();
  hangUp();
  hangUp();
  expect(acts).toHaveLength(1);
  acts[0]?.resolve();
  await settle();
  expect(acts).toHaveLength(2);
  hangUp();
  const ended = hangups.end();
  acts[1]?.resolve();
  await ended;
  hangUp();
  await settle();
  expect(acts).toHaveLength(2);
});
