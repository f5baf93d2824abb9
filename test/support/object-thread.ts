import { parentPort } from 'node:worker_threads';
import type { HearingJudge } from '../../src/detect/judge.ts';
import { answerObjects } from '../../src/detect/object-thread.ts';

/** Calls every line an event and an alert; `throw` is an error of the judge, `exit` ends the thread. */
const judge: HearingJudge<string> = {
  open: () => {
    let heard: string[] = [];
    return {
      hear: ({ bytes }) => {
        const lines = bytes.toString().trimEnd().split('\n');
        if (lines.includes('throw')) throw new Error('the judge broke');
        if (lines.includes('exit')) process.exit(3);
        heard.push(...lines);
        return { lines: lines.length, events: lines.length };
      },
      result: () => {
        const alerts = heard;
        heard = [];
        const { length } = alerts;
        return {
          lines: length,
          events: length,
          raised: new Map([['R', length]]),
          alerts,
          bad: new Map(),
          badSamples: [],
        };
      },
    };
  },
};

if (parentPort !== null) answerObjects(parentPort, judge);
