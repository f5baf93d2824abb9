import { parentPort } from 'node:worker_threads';
import type { Judge } from '../../src/detect/judge.ts';
import { answerObjects } from '../../src/detect/object-thread.ts';

/** Calls every line an event and an alert; `throw` is an error of the judge, `exit` ends the thread. */
const judge: Judge<string> = {
  ahead: 0,
  judge: (_object, { bytes }) => {
    const lines = bytes.toString().trimEnd().split('\n');
    if (lines.includes('throw')) throw new Error('the judge broke');
    if (lines.includes('exit')) process.exit(3);
    const { length } = lines;
    return {
      lines: length,
      events: length,
      raised: new Map([['R', length]]),
      alerts: lines,
      bad: new Map(),
      badSamples: [],
    };
  },
};

if (parentPort !== null) answerObjects(parentPort, judge);
