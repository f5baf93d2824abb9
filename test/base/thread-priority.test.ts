import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';

const module = new URL('../../src/base/thread-priority.ts', import.meta.url).href;
const threadGivingWay = (nice: number): string => `
  const { readFileSync } = require('node:fs');
  const { parentPort } = require('node:worker_threads');
  import(${JSON.stringify(module)}).then(({ giveWay }) => {
    giveWay(${nice});
    parentPort.postMessage(readFileSync('/proc/thread-self/stat', 'utf8'));
  });`;

/** Field 19 of proc(5)'s stat; the second may hold blanks and ends with the last parenthesis. */
const niceIn = (stat: string): string | undefined => stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16];

async function niceOfThread(asked: number): Promise<string | undefined> {
  const worker = new Worker(threadGivingWay(asked), { eval: true });
  const [stat] = (await once(worker, 'message')) as [string];
  await worker.terminate();
  return niceIn(stat);
}

const ownNice = (): string | undefined => niceIn(readFileSync('/proc/thread-self/stat', 'utf8'));

describe.runIf(existsSync('/proc/thread-self'))('a thread that gives way', () => {
  it('leaves the others as they are', async () => {
    const before = ownNice();
    expect(await niceOfThread(19)).toBe('19');
    expect(ownNice()).toBe(before);
  });

  it('does not go before the others of a process that gives way itself', async () => {
    expect(await niceOfThread(7)).toBe(String(Math.max(7, Number(ownNice()))));
  });
});
