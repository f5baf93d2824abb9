import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DetectingThreads } from '../src/detecting-threads.ts';

const settings = (content: string): Parameters<DetectingThreads['tell']>[0] => ({
  rules: { files: [{ name: 'a.yaml', content }], options: {} },
});

describe('detecting threads', () => {
  const begun: Worker[] = [];
  const note = (worker: Worker): void => void begun.push(worker);
  let threads: DetectingThreads;

  beforeEach(async () => {
    begun.length = 0;
    process.on('worker', note);
    threads = new DetectingThreads(2);
    // Node tells of them in the next turn.
    await setImmediate();
  });
  afterEach(async () => {
    process.off('worker', note);
    await threads.close();
    await Promise.all(begun.map((worker) => worker.terminate()));
  });

  it('are begun before they are told what to judge by, and say how their rules loaded', async () => {
    expect(begun).toHaveLength(2);
    const { files } = await threads.tell(settings('- list: a\n  items: [b]\n'));
    expect(files).toMatchObject([{ file: 'a.yaml', errors: [], warnings: [{ code: 'LOAD_UNUSED_LIST' }] }]);
    expect(new Set([threads.take(), threads.take()])).toEqual(new Set(begun));
  });

  it('say what is wrong in rules', async () => {
    const { files } = await threads.tell(settings('- list'));
    expect(files).toMatchObject([{ errors: [{ code: 'LOAD_ERR_YAML_VALIDATE' }] }]);
  });

  it('are replaced when they broke before they were taken', async () => {
    await Promise.all(begun.map((worker) => worker.terminate()));
    await expect(threads.tell(settings('[]'))).rejects.toThrow('a detecting thread broke');
    const another = threads.take();
    await setImmediate();
    expect(begun.slice(2)).toEqual([another]);
  });

  it('are begun later where not all may be needed, but one', async () => {
    const few = new DetectingThreads(3, 1);
    const one = new DetectingThreads(1, 1);
    await setImmediate();
    expect([few.count, one.count, begun.length - 2]).toEqual([3, 1, 3]);
    await few.tell(settings('[]'), 2);
    await setImmediate();
    expect(begun).toHaveLength(5);
    await Promise.all([few.close(), one.close()]);
  });

  it('are all begun when they are told, where nobody says how many', async () => {
    const few = new DetectingThreads(3, 2);
    await few.tell(settings('[]'));
    await setImmediate();
    expect(begun).toHaveLength(5);
    await few.close();
  });

  it('end when nobody takes them', async () => {
    const ended = begun.map((worker) => once(worker, 'exit'));
    await threads.close();
    await Promise.all(ended);
    expect(begun.map(({ threadId }) => threadId)).toEqual([-1, -1]);
  });
});
