import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../base/make-folder.ts';
import { z } from 'zod';
import { encodeAlert } from '../../alert/falco-json.ts';
import { done } from '../../base/outcome.ts';
import { defineOutput } from './output.ts';

export const file = defineOutput({
  kind: 'file',
  about: 'Appends alerts to a file, one JSON object a line, and rotates it by size.',
  config: z.strictObject({
    path: z.string().min(1).describe('The file; older ones are called PATH.1, PATH.2 …, the higher the older'),
    max_bytes: z.int().min(1000).default(104_857_600).describe('The file is rotated before it grows past this'),
    keep: z.int().min(0).max(1000).default(5).describe('How many rotated files are kept'),
  }),
  batch: () => ({ maxAlerts: 1000, maxBytes: 4 * 1_048_576, maxWaitMs: 100 }),
  async open({ path: configured, max_bytes, keep }, { resolvePath }) {
    const path = resolvePath(configured);

    const rotate = async (): Promise<void> => {
      if (keep === 0) return rm(path, { force: true });
      await rm(`${path}.${keep}`, { force: true });
      for (let n = keep - 1; n >= 0; n--)
        await rename(n === 0 ? path : `${path}.${n}`, `${path}.${n + 1}`).catch(unlessMissing);
    };

    return {
      async send(alerts) {
        makeFolder(dirname(path));
        const text = alerts.map((alert) => `${encodeAlert(alert)}\n`).join('');
        const size = await stat(path).then(
          ({ size }) => size,
          () => 0,
        );
        if (size > 0 && size + Buffer.byteLength(text) > max_bytes) await rotate();
        const handle = await open(path, 'a+', 0o600);
        try {
          await handle.appendFile((await endsWithinLine(handle)) ? `\n${text}` : text);
          await handle.datasync();
        } finally {
          await handle.close();
        }
        return alerts.map(() => done);
      },
      async probe() {
        makeFolder(dirname(path));
        await (await open(path, 'a', 0o600)).close();
      },
    };
  },
});

/** After a crash in the middle of a write the next alert must not be glued to the torn line. */
async function endsWithinLine(handle: Awaited<ReturnType<typeof open>>): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 10;
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
