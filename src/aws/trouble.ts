import { connectionAdvice } from '../base/connection-error.ts';

/** A failed call to AWS, in words that say what to do. */
export class AwsTrouble extends Error {
  override readonly name = 'AwsTrouble';
  /** `lasting`: a person has to change something. `passing`: the same call may work later. */
  readonly lasts: 'lasting' | 'passing';

  constructor(message: string, lasts: AwsTrouble['lasts'], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.lasts = lasts;
  }
}

/** What was tried: the IAM action, and on what (`queue https://…`, `s3://bucket/key`). */
export interface Attempted {
  readonly action: string;
  readonly on: string;
}

type Explanation = (attempted: Attempted, said: string) => string;

const credentialsUnknown: Explanation = ({ action }) =>
  `AWS does not accept these credentials (${action}): check the access key, its secret and session token, and that they belong to this partition`;
const credentialsExpired: Explanation = ({ action }) =>
  `the AWS credentials have expired (${action}): renew them (aws sso login), or use a role, which renews itself`;
const wrongRegion: Explanation = ({ on }, said) =>
  `${on} is in another region than the one asked${regionIn(said)}: set \`region\` to where it is`;
const noQueue: Explanation = ({ on }) => `there is no ${on}: check queue_url, its account number and its region`;
const denied: Explanation = ({ action, on }, said) =>
  /kms/i.test(said)
    ? `kms:Decrypt is missing for ${on}: allow it on the key ${kmsKeyIn(said)}, in the key's policy as well when the key is in another account`
    : `${action} on ${on} is denied: allow ${action} in the IAM policy of these credentials, and in the resource's own policy when it is in another account${hint(action)}`;

/** By the error's code, as services name it. Sources: the API references of S3, SQS, STS and CloudWatch Logs, and the SDK's own names. */
const lasting: Readonly<Record<string, Explanation>> = {
  CredentialsProviderError: () =>
    'no AWS credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run with an instance, task or pod role',
  InvalidClientTokenId: credentialsUnknown,
  InvalidAccessKeyId: credentialsUnknown,
  UnrecognizedClientException: credentialsUnknown,
  SignatureDoesNotMatch: credentialsUnknown,
  InvalidSignatureException: credentialsUnknown,
  ExpiredToken: credentialsExpired,
  ExpiredTokenException: credentialsExpired,
  AccessDenied: denied,
  AccessDeniedException: denied,
  AllAccessDisabled: denied,
  Forbidden: denied,
  'AWS.SimpleQueueService.NonExistentQueue': noQueue,
  QueueDoesNotExist: noQueue,
  InvalidAddress: noQueue,
  NoSuchBucket: ({ on }) => `there is no bucket for ${on}: check its name`,
  PermanentRedirect: wrongRegion,
  AuthorizationHeaderMalformed: wrongRegion,
  IllegalLocationConstraintException: wrongRegion,
  ResourceNotFoundException: ({ on }) => `there is no ${on}: check its name, account and region`,
  KMSAccessDeniedException: denied,
  'KMS.AccessDeniedException': denied,
  KmsAccessDenied: denied,
};

/** The failure as AwsTrouble; an abort stays what it is. */
export function explainAws(error: unknown, attempted: Attempted): Error {
  if (error instanceof AwsTrouble) return error;
  if (!(error instanceof Error)) return new AwsTrouble(`${attempted.action} failed: ${String(error)}`, 'passing');
  if (error.name === 'AbortError') return error;
  // The SDK wraps what a credential provider of ours throws.
  if (error.cause instanceof AwsTrouble) return error.cause;
  const said = error.message;
  const explain = lasting[error.name] ?? (statusOf(error) === 403 ? denied : undefined);
  if (explain !== undefined) return new AwsTrouble(explain(attempted, said), 'lasting', error);
  if (/region is missing/i.test(said)) {
    const message =
      'no AWS region: set `region` in the config (of scan: --region), AWS_REGION, or a region in the AWS profile';
    return new AwsTrouble(message, 'lasting', error);
  }
  const { action, on } = attempted;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const why = sayAwsConnection(error) ?? `${code}: ${said || 'no message'}`;
  const passing = `${action} on ${on} failed: ${why}`;
  return new AwsTrouble(passing, 'passing', error);
}

/** What is wrong with the connection to a service, and what to do; undefined where it is something else. */
export function sayAwsConnection(error: Error): string | undefined {
  const advice = error.name === 'TimeoutError' ? timedOut : connectionAdvice(error);
  if (advice === undefined) return undefined;
  // Node's message has the address: `connect ECONNREFUSED 10.0.0.1:443`.
  const [code = ''] = advice.split(':', 1);
  const said = error.message.includes(code) ? `${error.message}${advice.slice(code.length)}` : advice;
  return `${said}; check \`endpoint\` and \`region\`, and that this machine reaches AWS`;
}

/** The SDK's own word for a connection or an answer that did not come in time. */
const timedOut = 'TimeoutError: no answer came in time; a firewall or security group may drop the packets';

/** The HTTP status of a service's answer, where there was one. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

function hint(action: string): string {
  if (action === 's3:GetObject') {
    return ' (without s3:ListBucket, S3 says this of deleted objects too; of requester-pays buckets when request_payer is not set)';
  }
  return action === 'sts:AssumeRole'
    ? " (the role's trust policy must name this principal, and external_id must be its own)"
    : '';
}

function regionIn(said: string): string {
  const region = /expecting '([a-z0-9-]+)'/.exec(said)?.[1];
  return region === undefined ? '' : ` (AWS says ${region})`;
}

function kmsKeyIn(said: string): string {
  return /arn:[a-z0-9-]+:kms:[a-z0-9-]+:\d+:key\/[\w-]+/.exec(said)?.[0] ?? 'that encrypts it';
}
