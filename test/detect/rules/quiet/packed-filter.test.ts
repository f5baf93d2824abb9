import { describe, expect, it } from 'vitest';
import { packFilter } from '../../../../src/detect/rules/quiet/packed-filter.ts';

/** What packs it need not run. That packed filters say what those say that were compiled: quiet-lines.test.ts. */
function packed(tableBytes: number): Uint8Array | undefined {
  const memory = { size: 0, runs: [], bytes: new Uint8Array(tableBytes) };
  return packFilter({
    kernel: {
      layout: () => ({
        bounds: 0,
        window: 0,
        shape: [0, 0, 0, 0, 0, 0, 0, 0],
        tables: [0, 0, 0, 0, 0, 0, 0, 0],
        recalled: [],
        memory,
      }),
    },
    composer: { layout: () => ({ out: 0, minute: 0, outputs: [], origins: [] }) },
    recalled: [],
    code: '',
    constants: [],
  });
}

describe('a filter', () => {
  it('is packed where its tables take up to 16 MB, and not where they take more', () => {
    expect(packed(16_000_000)?.length).toBeGreaterThan(16_000_000);
    expect(packed(16_000_001)).toBeUndefined();
  });
});
