import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

const module = new URL('../../src/base/thread-priority.ts', import.meta.url).href;
const thread = `
  const { readFileSync } = require('node:fs');
  const { parentPort } = require('node:worker_threads');
  import(${JSON.stringify(module)}).then(({ giveWay }) => {
    giveWay(7);
    parentPort.postMessage(readFileSync('/proc/thread-self/stat', 'utf8'));
  });`;

/** Field 19 of proc(5)'s stat; the second may hold blanks and ends with the last parenthesis. */
const niceIn = (stat: string): string | undefined => stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16];

it.runIf(existsSync('/proc/thread-self'))('a thread that gives way leaves the others as they are', async () => {
  const before = niceIn(readFileSync('/proc/thread-self/stat', 'utf8'));
  const worker = new Worker(thread, { eval: true });
  const [stat] = (await once(worker, 'message')) as [string];
  expect(niceIn(stat)).toBe('7');
  expect(niceIn(readFileSync('/proc/thread-self/stat', 'utf8'))).toBe(before);
  await worker.terminate();
});
