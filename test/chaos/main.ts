/**
 * `npm run chaos -- NAME [EVENTS] [--objects N] [--alerts N] [--kills N] [--seed N]`: runs the real program while it is killed again and again,
 * and counts what was lost and what was doubled. Each file in this folder that exports `run` is one; it prints its result
 * line last and answers whether everything held.
 */
import { parseArgs } from 'node:util';

export interface ChaosArgs {
  readonly objects: number;
  /** Of `feed`. */
  readonly events?: number;
  readonly alerts?: number;
  readonly kills: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

interface ChaosKind {
  readonly kills: string;
  readonly load: () => Promise<{ run(args: ChaosArgs): Promise<boolean> }>;
}

const kinds: Readonly<Record<string, ChaosKind>> = {
  ingest: { kills: '5', load: () => import('./ingest.ts') },
  deliver: { kills: '10', load: () => import('./deliver.ts') },
  feed: { kills: '12', load: () => import('./feed.ts') },
};

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      objects: { type: 'string', default: '2000' },
      alerts: { type: 'string', default: '100000' },
      kills: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const kind = kinds[positionals[0] ?? ''];
  if (kind === undefined) {
    console.error(
      `usage: npm run chaos -- ${Object.keys(kinds).join(' | ')} [--objects N] [--alerts N] [--kills N] [--seed N]`,
    );
    process.exitCode = 2;
  } else {
    const held = await (await kind.load()).run({
      objects: Number(values.objects),
      events: Number(positionals[1] ?? 1_000_000),
      alerts: Number(values.alerts),
      kills: Number(values.kills ?? kind.kills),
      seed: Number(values.seed),
      say: (line) => console.log(line),
    });
    process.exitCode = held ? 0 : 1;
  }
}
