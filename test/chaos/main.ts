/**
 * `npm run chaos -- NAME [--objects N] [--kills N] [--seed N]`: runs the real program while it is killed again and again,
 * and counts what was lost and what was doubled. Each file in this folder that exports `run` is one; it prints its result
 * line last and answers whether everything held.
 */
import { parseArgs } from 'node:util';

export interface ChaosArgs {
  readonly objects: number;
  readonly kills: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

const kinds: Readonly<Record<string, () => Promise<{ run(args: ChaosArgs): Promise<boolean> }>>> = {
  ingest: () => import('./ingest.ts'),
};

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      objects: { type: 'string', default: '2000' },
      kills: { type: 'string', default: '5' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const load = kinds[positionals[0] ?? ''];
  if (load === undefined) {
    console.error(`usage: npm run chaos -- ${Object.keys(kinds).join(' | ')} [--objects N] [--kills N] [--seed N]`);
    process.exitCode = 2;
  } else {
    const held = await (await load()).run({
      objects: Number(values.objects),
      kills: Number(values.kills),
      seed: Number(values.seed),
      say: (line) => console.log(line),
    });
    process.exitCode = held ? 0 : 1;
  }
}
