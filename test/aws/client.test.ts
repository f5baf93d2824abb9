import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { awsConfig, clientOptions } from '../../src/aws/client.ts';
import { explainAws } from '../../src/aws/trouble.ts';
import { useEmulatorCredentials } from '../support/aws-emulator.ts';

const schema = z.strictObject(awsConfig);
const role = 'arn:aws:iam::210987654321:role/read-elb-logs';

describe('a client of AWS', () => {
  let server: Server;
  let endpoint: string;
  let answer: (form: URLSearchParams, request: IncomingMessage) => { status: number; body: string };
  const asked: { form: URLSearchParams; authorization: string }[] = [];

  beforeAll(async () => {
    useEmulatorCredentials();
    server = createServer((incoming, outgoing) => {
      void text(incoming).then((body) => {
        const form = new URLSearchParams(body);
        asked.push({ form, authorization: incoming.headers.authorization ?? '' });
        const { status, body: said } = answer(form, incoming);
        outgoing.writeHead(status, { 'content-type': 'text/xml' }).end(said);
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    useEmulatorCredentials();
  });

  it('takes the role with its external id, and signs with the role’s credentials', async () => {
    asked.length = 0;
    answer = (form) =>
      form.get('Action') === 'AssumeRole'
        ? { status: 200, body: assumed('AKIAROLE000000000000') }
        : { status: 200, body: '{}' };
    await callQueue({ region: 'eu-west-1', endpoint, assume_role: { arn: role, external_id: 'tenant-7' } });
    const [sts, sqs] = asked;
    expect(Object.fromEntries(sts?.form ?? [])).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: role,
      ExternalId: 'tenant-7',
      RoleSessionName: 'elb-sidekick',
    });
    expect(sts?.authorization).toContain('Credential=AKIAEMULATOR00000000/');
    expect(sqs?.authorization).toContain('Credential=AKIAROLE000000000000/');
  });

  it('says what to do when it may not take the role', async () => {
    answer = () => ({
      status: 403,
      body: '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>',
    });
    await expect(callQueue({ region: 'eu-west-1', endpoint, assume_role: { arn: role } })).rejects.toThrow(
      `sts:AssumeRole on role ${role} is denied: allow sts:AssumeRole in the IAM policy of these credentials, and in the resource's own policy when it is in another account (the role's trust policy must name this principal, and external_id must be its own)`,
    );
  });

  it('says what to do when there are no credentials', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', `${tmpdir()}/no-such-credentials`);
    vi.stubEnv('AWS_CONFIG_FILE', `${tmpdir()}/no-such-config`);
    await expect(callQueue({ region: 'eu-west-1', endpoint })).rejects.toThrow(
      /^no AWS credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run with an instance, task or pod role/,
    );
  });

  it('says what to do when there is no region', async () => {
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_CONFIG_FILE', `${tmpdir()}/no-such-config`);
    await expect(callQueue({ endpoint })).rejects.toThrow(
      /^no AWS region: set `region` in the config \(of scan: --region\), AWS_REGION/,
    );
  });

  it('says what to look at when nobody answers', async () => {
    await expect(callQueue({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1' })).rejects.toThrow(
      /^sqs:ListQueues on account failed: connect ECONNREFUSED 127\.0\.0\.1:1: nothing listens there, .*; check `endpoint` and `region`/,
    );
  });
});

describe('the config of AWS', () => {
  it.each([
    [{ region: 'Ireland' }, /expected a region such as eu-west-1/],
    [{ endpoint: 'localhost:4566' }, /Invalid URL/i],
    [{ assume_role: { arn: 'read-elb-logs' } }, /expected arn:aws:iam::ACCOUNT:role\/NAME/],
    [{ assume_role: { arn: role, external_id: 'x' } }, /external_id/],
    [{ profile: 'a b' }, /expected the name of a profile/],
  ])('refuses %j', (config, message) => {
    expect(() => schema.parse(config)).toThrow(message);
  });

  it.each(['eu-west-1', 'us-gov-west-1', 'ap-southeast-5', 'cn-north-1', 'eusc-de-east-1', 'us-isob-east-1'])(
    'knows the region %s',
    (region) => {
      expect(schema.parse({ region }).region).toBe(region);
    },
  );
});

describe('an error of AWS', () => {
  const attempted = { action: 's3:GetObject', on: 's3://logs/key' };

  it.each([
    ['ExpiredTokenException', /credentials have expired \(s3:GetObject\): renew them/],
    ['InvalidAccessKeyId', /AWS does not accept these credentials/],
    ['PermanentRedirect', /s3:\/\/logs\/key is in another region than the one asked: set `region`/],
    ['NoSuchBucket', /there is no bucket for s3:\/\/logs\/key/],
    ['AccessDenied', /s3:GetObject on s3:\/\/logs\/key is denied.*requester-pays buckets/],
  ])('named %s is lasting and says what to do', (name, message) => {
    const explained = explainAws(named(name), attempted);
    expect(explained).toMatchObject({ name: 'AwsTrouble', lasts: 'lasting', message: expect.stringMatching(message) });
  });

  it('names the region that AWS says', () => {
    const said = "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'";
    expect(explainAws(named('AuthorizationHeaderMalformed', said), attempted).message).toContain(
      '(AWS says eu-west-1)',
    );
  });

  it('that is not known is passing, with its name and what it said', () => {
    expect(explainAws(named('SlowDown', 'Please reduce your request rate.'), attempted)).toMatchObject({
      lasts: 'passing',
      message: 's3:GetObject on s3://logs/key failed: SlowDown: Please reduce your request rate.',
    });
  });

  it.each([
    [
      Object.assign(new Error('getaddrinfo ENOTFOUND s3.nowhere'), { code: 'ENOTFOUND' }),
      /ENOTFOUND s3\.nowhere: DNS knows no/,
    ],
    // What `localhost` with two addresses ends with has no message.
    [Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), /failed: ECONNREFUSED: nothing listens/],
    [
      named('TimeoutError', '@smithy/node-http-handler - …'),
      /failed: TimeoutError: no answer came in time; a firewall/,
    ],
    [
      Object.assign(new Error('no'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
      /name the file.* in NODE_EXTRA_CA_CERTS; check/,
    ],
  ])('of the connection is passing, with what to look at: %s', (error, message) => {
    expect(explainAws(error, attempted)).toMatchObject({ lasts: 'passing', message: expect.stringMatching(message) });
    expect(explainAws(error, attempted).message).toMatch(/; check `endpoint` and `region`, and that this machine/);
  });

  it('stays what it is when it is an abort', () => {
    const abort = named('AbortError');
    expect(explainAws(abort, attempted)).toBe(abort);
  });
});

function assumed(accessKeyId: string): string {
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
    <AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
    <Expiration>2036-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}

async function callQueue(config: z.input<typeof schema>): Promise<void> {
  const { SQSClient, ListQueuesCommand } = await import('@aws-sdk/client-sqs');
  const client = new SQSClient(await clientOptions(schema.parse(config)));
  try {
    await client.send(new ListQueuesCommand({}));
  } catch (error) {
    throw explainAws(error, { action: 'sqs:ListQueues', on: 'account' });
  } finally {
    client.destroy();
  }
}

function named(name: string, message = 'said'): Error {
  return Object.assign(new Error(message), { name });
}
