import { cloudwatchLogs } from './cloudwatch-logs.ts';
import { file } from './file.ts';
import type { OutputKind } from './output.ts';
import { s3 } from './s3.ts';
import { slack } from './slack.ts';
import { sns } from './sns.ts';
import { sqs } from './sqs.ts';
import { stdout } from './stdout.ts';
import { webhook } from './webhook.ts';

/** Every kind of output, in the order of the README's table. */
export const outputKinds: readonly OutputKind[] = [stdout, file, cloudwatchLogs, s3, slack, webhook, sqs, sns];
