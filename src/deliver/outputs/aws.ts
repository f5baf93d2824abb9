import { type AwsConfig, clientAccess } from '../../aws/client.ts';
import { sayAwsConnection } from '../../aws/trouble.ts';
import { type Outcome, reject, retry } from '../../base/outcome.ts';

/** What every client of an output is built with. The courier retries, so the SDK must not. */
export async function outputClient(config: AwsConfig) {
  return { ...(await clientAccess(config)), maxAttempts: 1 };
}

/**
 * What an error of the SDK means for the alerts of that call. Refusals of the request as such will not change; missing
 * rights, credentials, buckets and queues are put right by people while the alerts wait, so they are tried again.
 */
export function awsOutcome(error: unknown, nowMs: number): Outcome {
  if (!(error instanceof Error)) return retry(new Error(String(error)));
  const status = metadataOf(error)?.httpStatusCode;
  const cause = new Error(sayAwsConnection(error) ?? `${error.name}: ${error.message}`);
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
