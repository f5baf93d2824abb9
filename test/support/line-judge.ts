import type { HearingJudge } from '../../src/detect/judge.ts';

/** Calls every line an event, and an alert unless it begins with `#`; `throw` is an error of the judge, `exit` ends the thread. */
export const lineJudge: HearingJudge<string> = {
  open: () => {
    let heard: string[] = [];
    let all = 0;
    return {
      hear: ({ bytes }) => {
        const lines = bytes.toString().trimEnd().split('\n');
        if (lines.includes('throw')) throw new Error('the judge broke');
        if (lines.includes('exit')) process.exit(3);
        all += lines.length;
        for (const line of lines) if (!line.startsWith('#')) heard.push(line);
        return { lines: lines.length, events: lines.length };
      },
      get alerts() {
        return heard.length;
      },
      result: () => {
        const alerts = heard;
        const lines = all;
        heard = [];
        all = 0;
        return {
          lines,
          events: lines,
          raised: new Map([['R', alerts.length]]),
          alerts,
          bad: new Map(),
          badSamples: [],
        };
      },
    };
  },
};
