import { existsSync, openSync, readdirSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SpillFile } from '../../src/cli/spill-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function contentOf(file: SpillFile): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of file.chunks()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

describe('bytes that wait on disk', () => {
  it('come back as they were appended, in a file that has no name', async () => {
    const folder = temporaryFolder();
    const appended = fc.array(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 5 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(appended, async (all) => {
        const file = SpillFile.open(folder);
        if (file === undefined) throw new Error('the folder cannot be written to');
        for (const pieces of all) expect(await file.append(pieces)).toBe(true);
        expect(readdirSync(folder)).toEqual([]);
        expect((await contentOf(file)).equals(Buffer.concat(all.flat()))).toBe(true);
        await file.close();
      }),
      { numRuns: 30 },
    );
  });

  it('come back in more than one chunk when they are many', async () => {
    const file = SpillFile.open(temporaryFolder());
    const many = Buffer.alloc(1_300_000, 'lines of alerts\n');
    expect(await file?.append([many, many])).toBe(true);
    expect(file && (await contentOf(file)).equals(Buffer.concat([many, many]))).toBe(true);
    await file?.close();
  });

  it.runIf(existsSync('/dev/full'))('are not in it when the disk is full', async () => {
    const file = new SpillFile(openSync('/dev/full', 'r+'));
    expect(await file.append([Buffer.from('x')])).toBe(false);
    expect((await contentOf(file)).length).toBe(0);
    await file.close();
  });

  it('have no file where there is no folder', () => {
    expect(SpillFile.open('/nowhere/at/all')).toBeUndefined();
  });
});
