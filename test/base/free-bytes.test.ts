import { describe, expect, it } from 'vitest';
import { freeBytes } from '../../src/base/free-bytes.ts';

describe('bytes that are freed', () => {
  it('are empty where they had their memory for themselves', () => {
    const bytes = Buffer.allocUnsafeSlow(Buffer.poolSize + 1);
    freeBytes(bytes);
    expect(bytes).toHaveLength(0);
    freeBytes(bytes);
  });

  it('stay where their memory may be shared', () => {
    for (const bytes of [Buffer.from('from the pool'), Buffer.allocUnsafeSlow(Buffer.poolSize)]) {
      const { length } = bytes;
      freeBytes(bytes);
      expect(bytes).toHaveLength(length);
    }
  });
});
