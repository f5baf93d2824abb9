import { cloudwatchLogs } from './cloudwatch-logs.ts';
import { file } from './file.ts';
import { s3List } from './s3-list.ts';
import { s3Sqs } from './s3-sqs.ts';
import type { SourceKind } from './source.ts';

/** Every kind of source, in the order of the README's table. */
export const sourceKinds: readonly SourceKind[] = [file, s3Sqs, s3List, cloudwatchLogs];
