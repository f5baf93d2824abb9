import type { Source } from '../detect/sources/source.ts';
import type { Machine } from './machine.ts';
import type { BucketOptions } from './named-buckets.ts';
import { namedPaths } from './named-paths.ts';

/** What was named on the command line, in that order: files and folders, and `s3://bucket/prefix`. */
export async function namedSources(
  paths: readonly string[],
  options: BucketOptions,
  machine: Machine,
): Promise<readonly Source[]> {
  const { since, until, region, profile, endpointUrl, requestPayer } = options;
  const ofBuckets = since ?? until ?? region ?? profile ?? endpointUrl ?? requestPayer;
  if (ofBuckets === undefined && !paths.some((path) => path.startsWith('s3:')))
    return paths.map((path) => namedPaths([path], machine));
  return (await import('./named-buckets.ts')).namedBuckets(paths, options, machine);
}
