import { z } from 'zod';
import { type Outcome, reject, retry } from '../../base/outcome.ts';

/** The config keys that every output of AWS has. Credentials come from where the AWS SDK finds them (environment, profile, task or instance role, web identity). */
export const awsConfig = {
  region: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .optional()
    .describe('AWS Region; by default what the environment says (AWS_REGION)'),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Another endpoint than AWS’s own: a VPC endpoint, an emulator'),
};

interface AwsConfig {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
}

/** What every client is built with. The courier retries, so the SDK must not. */
export function awsClientConfig({ region, endpoint }: AwsConfig): {
  readonly region?: string;
  readonly endpoint?: string;
  readonly maxAttempts: number;
} {
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 1,
  };
}

/**
 * What an error of the SDK means for the alerts of that call. Refusals of the request as such will not change; missing
 * rights, credentials, buckets and queues are put right by people while the alerts wait, so they are tried again.
 */
export function awsOutcome(error: unknown, nowMs: number): Outcome {
  if (!(error instanceof Error)) return retry(new Error(String(error)));
  const status = metadataOf(error)?.httpStatusCode;
  const cause = new Error(`${error.name}: ${error.message}`);
  const isRequestsFault = status !== undefined && status >= 400 && status < 500 && refusals.has(error.name);
  return isRequestsFault ? reject(cause) : retry(cause, retryAfterMs(error, nowMs));
}

/** Errors that say that this very content will never be taken. */
const refusals = new Set([
  'InvalidParameterException',
  'InvalidParameter',
  'InvalidParameterValue',
  'InvalidParameterValueException',
  'InvalidMessageContents',
  'InvalidRequest',
  'InvalidArgument',
  'EntityTooLarge',
  'KeyTooLongError',
  'MalformedXML',
  'BatchRequestTooLong',
  'AWS.SimpleQueueService.BatchRequestTooLong',
  'ValidationException',
  'ValidationError',
]);

interface ErrorMetadata {
  readonly httpStatusCode?: number;
}

function metadataOf(error: Error): ErrorMetadata | undefined {
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  return typeof metadata === 'object' && metadata !== null ? metadata : undefined;
}

function retryAfterMs(error: Error, nowMs: number): number | undefined {
  const response: unknown = '$response' in error ? error.$response : undefined;
  const headers: unknown =
    typeof response === 'object' && response !== null && 'headers' in response ? response.headers : undefined;
  if (typeof headers !== 'object' || headers === null) return undefined;
  const value: unknown = Reflect.get(headers, 'retry-after');
  if (typeof value !== 'string') return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
