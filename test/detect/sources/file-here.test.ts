import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileHere } from '../../../src/detect/sources/file-here.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();

function written(name: string, bytes: Buffer): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, bytes);
  return path;
}

async function whole(path: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of fileHere(path, signal)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a file that is read on the thread that asks', () => {
  it('gives its bytes in order, whatever its size', async () => {
    for (const size of [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 700_001]) {
      const bytes = Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at * 7 + (at >> 8)) & 0xff));
      expect((await whole(written(`${size}`, bytes))).equals(bytes)).toBe(true);
    }
  });

  it('gives chunks that stay as they are when further ones are read', async () => {
    const path = written('two', Buffer.concat([Buffer.alloc(256 * 1024, 'a'), Buffer.from('b')]));
    const chunks: Uint8Array[] = [];
    for await (const chunk of fileHere(path, signal)) chunks.push(chunk);
    expect(chunks.map((chunk) => [chunk.length, chunk[0]])).toEqual([
      [256 * 1024, 0x61],
      [1, 0x62],
    ]);
  });

  it('is read no further once the signal aborts', async () => {
    const path = written('long', Buffer.alloc(1024 * 1024));
    const stop = new AbortController();
    let chunks = 0;
    const reading = (async () => {
      for await (const _ of fileHere(path, stop.signal)) {
        chunks++;
        stop.abort(new Error('stopped'));
      }
    })();
    await expect(reading).rejects.toThrow('stopped');
    expect(chunks).toBe(1);
  });

  it('says which file is not there', async () => {
    await expect(whole(join(temporaryFolder(), 'gone.log'))).rejects.toThrow(/ENOENT.*gone\.log/);
  });
});
