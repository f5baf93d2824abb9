import { z } from 'zod';
import { present } from '../base/present.ts';
import { AwsTrouble, explainAws } from './trouble.ts';

/** How AWS is reached: the keys that every kind of AWS has in its config. All are optional; the SDK's own defaults fill in. */
export const awsConfig = {
  region: z
    .string()
    .regex(/^[a-z]{2,5}(-[a-z]+)+-\d+$/, 'expected a region such as eu-west-1')
    .optional()
    .describe('The AWS region. Default: AWS_REGION, then the profile of AWS_PROFILE.'),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Another address for the service: a VPC endpoint, an emulator, MinIO.'),
  profile: z
    .string()
    .regex(/^[^\s[\]]{1,256}$/, 'expected the name of a profile')
    .optional()
    .describe('A profile of the AWS config files (~/.aws/config). Default: AWS_PROFILE.'),
  assume_role: z
    .strictObject({
      arn: z.string().regex(/^arn:[a-z0-9-]+:iam::\d{12}:role\/.+$/, 'expected arn:aws:iam::ACCOUNT:role/NAME'),
      external_id: z.string().min(2).max(1224).optional(),
      session_name: z
        .string()
        .regex(/^[\w+=,.@-]{2,64}$/)
        .default('elb-sidekick'),
    })
    .optional()
    .describe('A role to take with sts:AssumeRole, for what is in another account.'),
};

/** The same, and how buckets are addressed: for the kinds that speak to S3. */
export const s3Config = {
  ...awsConfig,
  path_style: z.boolean().default(false).describe('Address buckets as endpoint/bucket rather than bucket.endpoint.'),
};

export type AwsConfig = z.infer<z.ZodObject<typeof awsConfig>>;
export type S3Config = z.infer<z.ZodObject<typeof s3Config>>;

/** Where the service is and who asks, for a client's constructor. */
export async function clientAccess(config: AwsConfig) {
  return present({
    region: config.region,
    endpoint: config.endpoint,
    profile: config.profile,
    credentials: config.assume_role && (await roleCredentials(config, config.assume_role)),
  });
}

/**
 * What every client that reads is built with. Adaptive mode slows down with the service when it throttles. A request that has no
 * answer after `requestTimeoutMs` is given up and tried again; the limit is on the head of the answer, not on its body.
 */
export async function clientOptions(config: AwsConfig, requestTimeoutMs = 30_000) {
  return {
    maxAttempts: 5,
    retryMode: 'adaptive',
    requestHandler: { connectionTimeout: 5_000, requestTimeout: requestTimeoutMs, throwOnRequestTimeout: true },
    ...(await clientAccess(config)),
  };
}

/**
 * Credentials of the role, from those of the profile or the default chain. The SDK keeps them and asks again some minutes before
 * they expire, so the client lives only as long as one request.
 */
async function roleCredentials(config: AwsConfig, role: NonNullable<AwsConfig['assume_role']>) {
  const { STSClient, AssumeRoleCommand } = await import('@aws-sdk/client-sts');
  return async () => {
    const { assume_role: _, ...direct } = config;
    const sts = new STSClient(await clientOptions(direct));
    try {
      const { Credentials: given } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: role.arn,
          RoleSessionName: role.session_name,
          ExternalId: role.external_id,
        }),
      );
      if (given?.AccessKeyId === undefined || given.SecretAccessKey === undefined) {
        throw new AwsTrouble(`sts:AssumeRole of ${role.arn} answered without credentials`, 'passing');
      }
      return {
        accessKeyId: given.AccessKeyId,
        secretAccessKey: given.SecretAccessKey,
        ...present({ sessionToken: given.SessionToken, expiration: given.Expiration }),
      };
    } catch (error) {
      throw explainAws(error, { action: 'sts:AssumeRole', on: `role ${role.arn}` });
    } finally {
      sts.destroy();
    }
  };
}
