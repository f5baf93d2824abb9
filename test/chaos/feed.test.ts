import { describe, expect, it } from 'vitest';
import { feedObstacle, run } from './feed.ts';

const obstacle = feedObstacle();

describe.skipIf(obstacle !== undefined)(
  `the feed under kill -9 and stopped hosts${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
  () => {
    it('brings every event to Falco exactly once (the short form of "npm run chaos -- feed")', {
      timeout: 240_000,
    }, async () => {
      const lines: string[] = [];
      const args = { objects: 0, events: 60_000, kills: 6, seed: 20_261_121, say: (line: string) => lines.push(line) };
      const held = await run(args);
      expect(lines.at(-1)).toBe('lost=0 doubled=0 held');
      expect(held).toBe(true);
    });
  },
);
