import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Closers } from '../src/base/closers.ts';
import { systemClock } from '../src/base/clock.ts';
import { silentLog } from '../src/base/log.ts';
import { createMetrics } from '../src/base/metrics.ts';
import { type Config, parseConfig } from '../src/config/config.ts';
import type { LogObject, Source, SourceKind } from '../src/detect/sources/source.ts';
import { startIngest } from '../src/ingesting.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** A config with one source that never ends by itself, or cannot be opened. */
function configWith(name: string, told: string[], open = true): Config {
  const folder = temporaryFolder();
  const ends = async (signal: AbortSignal): Promise<IteratorResult<LogObject>> => {
    told.push(`${name} begins`);
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    told.push(`${name} stops`);
    return { done: true, value: undefined };
  };
  const source: Source = {
    name,
    objects: (signal) => ({ [Symbol.asyncIterator]: () => ({ next: () => ends(signal) }) }),
  };
  const config = parseConfig(`state_dir: ${folder}`, join(folder, 'c.yaml'), {});
  const [kind] = parseConfig('sources: [{ kind: file, paths: [x] }]', join(folder, 'c.yaml'), {}).sources.map(
    (each): SourceKind => ({
      ...each.kind,
      open: () => (open ? Promise.resolve(source) : Promise.reject(new Error(`${name} cannot be opened`))),
    }),
  );
  if (kind === undefined) throw new Error('no kind');
  return { ...config, sources: [{ name, kind, config: {}, fingerprint: name }] };
}

async function* stdin(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array();
}

it('goes over to other sources, back to those of before when they cannot be opened, and ends once', async () => {
  const told: string[] = [];
  const closers = new Closers();
  const metrics = createMetrics();
  const reader = { read: () => Promise.reject(new Error('nothing is read here')) };
  const tools = { clock: systemClock, log: silentLog, metrics, closers, stdin };
  const ingesting = await startIngest(configWith('first', told), reader, tools);
  let ended = false;
  void ingesting.ingested.then(() => {
    ended = true;
  });
  await ingesting.change(configWith('second', told));
  await expect(ingesting.change(configWith('third', told, false))).rejects.toThrow('third cannot be opened');
  expect(told).toEqual(['first begins', 'first stops', 'second begins', 'second stops', 'second begins']);
  expect(ended).toBe(false);
  await closers.closeAll();
  expect(await ingesting.ingested).toEqual({ givenUp: 0, unread: 0, failedSources: 0 });
  expect(told.at(-1)).toBe('second stops');
});
