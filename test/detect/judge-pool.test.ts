import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { JudgePool } from '../../src/detect/judge-pool.ts';

/** Answers with the block's length as its number of lines, and breaks at an empty block. */
const thread = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ bytes }) => {
    if (bytes.length === 0) throw new Error('broken');
    parentPort.postMessage({ lines: bytes.length, events: 0, alerts: [], bad: new Map(), badSamples: [] });
  });
`;

let started = 0;
let broken: string[] = [];
let pool: JudgePool | undefined;
const open = (threads: number): JudgePool => {
  started = 0;
  broken = [];
  pool = new JudgePool(
    threads,
    () => {
      started++;
      return new Worker(thread, { eval: true });
    },
    ({ message }) => broken.push(message),
  );
  return pool;
};
afterEach(() => pool?.close());

const object = { name: 'a.log' };
const block = (length: number): { bytes: Buffer; firstLine: number } => ({ bytes: Buffer.alloc(length), firstLine: 1 });

describe('threads that judge', () => {
  it('start when there is something to do, and answer every block with its own result', async () => {
    const threads = open(3);
    expect(started).toBe(0);
    const results = await Promise.all([4, 2, 9, 1, 7].map((length) => threads.judge(object, block(length))));
    expect(results.map(({ lines }) => lines)).toEqual([4, 2, 9, 1, 7]);
    expect(started).toBe(3);
  });

  it('leave the caller its bytes', async () => {
    const mine = block(5);
    await open(1).judge(object, mine);
    expect(mine.bytes).toHaveLength(5);
  });

  it('fail the block that breaks one of them, say why, and read those behind it on another', async () => {
    const threads = open(1);
    const before = threads.judge(object, block(2));
    const failed = threads.judge(object, block(0));
    const behind = [3, 4].map((length) => threads.judge(object, block(length)));
    expect(await before).toMatchObject({ lines: 2 });
    await expect(failed).rejects.toMatchObject({ message: 'a detecting thread broke', cause: { message: 'broken' } });
    expect((await Promise.all(behind)).map(({ lines }) => lines)).toEqual([3, 4]);
    expect(await threads.judge(object, block(5))).toMatchObject({ lines: 5 });
    expect({ started, broken }).toEqual({ started: 2, broken: ['broken'] });
  });

  it('fail what is under way when they are closed', async () => {
    const threads = open(1);
    const cut = [3, 4].map((length) => threads.judge(object, block(length)));
    await threads.close();
    for (const each of cut) await expect(each).rejects.toThrow(/a detecting thread broke|were closed/);
    expect(broken).toEqual([]);
  });
});
