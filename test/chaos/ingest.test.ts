import { describe, expect, it } from 'vitest';
import { run } from './ingest.ts';

describe('ingest under kill -9', () => {
  it('loses nothing and doubles nothing (the short form of "npm run chaos -- ingest")', {
    timeout: 240_000,
  }, async () => {
    const lines: string[] = [];
    const held = await run({ objects: 60, kills: 2, seed: 20_261_121, say: (line) => lines.push(line) });
    expect(lines.at(-1)).toBe('lost=0 doubled=0 left_in_queue=0 wrong_dead_letters=0 held');
    expect(held).toBe(true);
  });
});
