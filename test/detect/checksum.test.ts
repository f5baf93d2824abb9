import * as fc from 'fast-check';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checksum } from '../../src/detect/checksum.ts';

describe('the checksum of what is unpacked', () => {
  it('goes on from where it was, whichever of both implementations counts', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'a line of a log\n');
    let ours = 0;
    let zlibs = 0;
    // Beyond 16 MB the package is asked for; it is there after some turns of the event loop.
    for (let n = 0; n < 20; n++) {
      ours = checksum(chunk, ours);
      zlibs = crc32(chunk, zlibs);
    }
    expect(ours).toBe(zlibs);
    await import('@node-rs/crc32');
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(checksum(chunk, ours)).toBe(crc32(chunk, zlibs));
  });

  it('is that of zlib for any bytes, at any place in their memory', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(20),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        (all, from, before) => {
          const bytes = Buffer.from(all).subarray(from);
          expect(checksum(bytes, before)).toBe(crc32(bytes, before));
        },
      ),
    );
  });
});
