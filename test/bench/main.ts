/**
 * `npm run bench -- NAME`: runs one benchmark and prints its result. A benchmark is a file in this folder that exports
 * `run`; it compares within one run, since two runs of a shared machine are not alike.
 */
const benchmarks: Readonly<Record<string, () => Promise<{ run(args: readonly string[]): Promise<void> }>>> = {
  ingest: () => import('./ingest.ts'),
  feed: () => import('./feed.ts'),
  intake: () => import('./intake.ts'),
  scan: () => import('./scan.ts'),
  triage: () => import('./triage.ts'),
};

const [name = '', ...args] = process.argv.slice(2);
const load = benchmarks[name];
if (load === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(benchmarks).join(' | ')}`);
  process.exitCode = 2;
} else {
  await (await load()).run(args);
}
