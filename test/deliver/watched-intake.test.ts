import { expect, it } from 'vitest';
import type { Intake } from '../../src/deliver/intake.ts';
import { watchedIntake } from '../../src/deliver/watched-intake.ts';
import { anAlert } from '../support/alerts.ts';

it('an intake is not ready from the first alerts that could not be stored until some were again', async () => {
  let broken = false;
  const intake: Intake = {
    accept: () => (broken ? Promise.reject(new Error('disk full')) : Promise.resolve()),
    receive: (alerts) => (broken ? Promise.reject(new Error('disk full')) : Promise.resolve(alerts.map(() => 'added'))),
  };
  const watched = watchedIntake(intake);
  expect(await watched.receive([anAlert()])).toEqual(['added']);
  expect(watched.problems()).toEqual([]);
  broken = true;
  await expect(watched.accept([anAlert()])).rejects.toThrow('disk full');
  expect(watched.problems()).toEqual(['the last alerts could not be stored: disk full']);
  await expect(watched.receive([anAlert()])).rejects.toThrow('disk full');
  broken = false;
  await watched.accept([anAlert()]);
  expect(watched.problems()).toEqual([]);
});
