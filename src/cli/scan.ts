import { InvalidArgumentError, Option } from 'commander';
import type { BucketOptions } from './named-buckets.ts';
import { collect, defineCommand, WrongCall } from './command.ts';

export interface ScanOptions extends BucketOptions {
  readonly config?: string;
  readonly rules?: readonly string[];
  readonly format: 'text' | 'jsonl';
  readonly geoip: boolean;
  readonly strict?: true;
  readonly threads: number;
  readonly explain?: true;
  readonly summary?: string;
}

export const scan = defineCommand<ScanOptions>({
  name: 'scan',
  about: 'Run the rules over log files or what lies in S3 and print what they find; nothing is stored or sent',
  examples: [
    ['elb-sidekick scan samples', 'the rules that come along, over the sample logs'],
    ['elb-sidekick scan --rules my.yaml access.log.gz', 'your own rules'],
    ['elb-sidekick scan --format jsonl logs', "Falco's alert JSON with our enrichment, one a line"],
    ['elb-sidekick scan --explain logs', 'why each rule matched: the checks that held and what they saw'],
    ['elb-sidekick scan --threads 0 logs', 'much to read: on every core'],
    ['elb-sidekick scan s3://bucket --since 24h', 'what the rules would have found in the last day'],
    ['elb-sidekick scan s3://bucket/prefix --since 2026-11-01 --until 2026-11-08', 'a week in November'],
    ['zcat access.log.gz | elb-sidekick scan -', 'standard input'],
  ],
  configure(command) {
    command
      .argument('<path...>', 'files, folders, s3://bucket/prefix, - for standard input; plain or gzip')
      .option('-r, --rules <file>', "rules file or folder, instead of the config's; may be repeated", collect)
      .addOption(new Option('--format <format>', 'how to print alerts').choices(['text', 'jsonl']).default('text'))
      .option('--no-geoip', 'do not look addresses up')
      .option('--explain', 'show which checks of its condition made each rule match, and the values they saw')
      .option('--strict', 'exit with 1 also when a line is bad')
      .option(
        '--threads <n>',
        'run the rules on so many threads, each counting evt.num by itself; 0: one for each core',
        readThreads,
        1,
      )
      .option('--since <time>', 'S3: logs from then on: 24h, 7d, 2026-11-01, 2026-11-01T12:00:00Z')
      .option('--until <time>', 'S3: logs up to then')
      .option('--region <region>', "S3: the bucket's region (default: AWS_REGION, then the profile's)")
      .option('--profile <name>', 'S3: the profile in ~/.aws (default: AWS_PROFILE)')
      .option('--endpoint-url <url>', 'S3: another address for it: a VPC endpoint, MinIO; addressed as URL/bucket')
      .option('--request-payer', 'S3: pay for requests to a requester-pays bucket')
      .option('--summary <file>', 'also write the summary to this file, as JSON lines: alerts per rule and hour')
      .option('-c, --config <file>', 'take rules and enrichment from this config (default: config/default.yaml)');
  },
  run: async (machine, paths, options) => {
    if (options.threads === 1) return (await import('./run-scan.ts')).runScan(machine, paths, options);
    if (options.explain === true) throw new WrongCall('--explain works with one thread only');
    const { boundYoungGeneration, widenYoungGeneration } = await import('../base/heap-growth.ts');
    // Where this thread prints what others find, nearly all that is made on it is dead soon. V8 would let the space for it grow to
    // 16 MB, which is three times as much memory: two threads peaked at 336 MB, with this at 291. Where it judges as well, as with
    // one thread, it takes 3 % longer so.
    if (options.format !== 'text') boundYoungGeneration();
    widenYoungGeneration();
    const { DetectingThreads } = await import('../detecting-threads.ts');
    // One of those that print text may turn out to be this one.
    const threads = new DetectingThreads(options.threads, options.format === 'text' ? 1 : 0);
    try {
      return await (await import('./run-scan.ts')).runScan(machine, paths, options, threads);
    } finally {
      await threads.close();
    }
  },
});

/** A bound against typing errors: every thread holds the rules and the GeoIP databases. */
const maxThreads = 64;

function readThreads(text: string): number {
  if (!/^\d{1,2}$/.test(text) || Number(text) > maxThreads) {
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${maxThreads}.`);
  }
  return Number(text);
}
