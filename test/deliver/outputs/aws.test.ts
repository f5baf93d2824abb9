import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sqs } from '../../../src/deliver/outputs/sqs.ts';
import { someAlerts } from '../../support/alerts.ts';
import { useEmulatorCredentials } from '../../support/aws-emulator.ts';
import { type HttpReceiver, type Received, startHttpReceiver } from '../../support/http-receiver.ts';
import { outputTools } from '../../support/output-tools.ts';

const role = 'arn:aws:iam::210987654321:role/send-alerts';

describe('an output of AWS', () => {
  let service: HttpReceiver;
  let mayTakeRole: boolean;

  beforeEach(async () => {
    useEmulatorCredentials();
    mayTakeRole = true;
    service = await startHttpReceiver((request) => {
      const isSts = request.body.includes('Action=AssumeRole');
      if (isSts && !mayTakeRole) return { status: 403, body: refused };
      return isSts ? assumed : taken(request);
    });
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    useEmulatorCredentials();
    await service.stop();
  });

  const send = async (more: object) => {
    const queue_url = `${service.endpoint}/210987654321/alerts`;
    const config = sqs.config.parse({ queue_url, region: 'eu-west-1', endpoint: service.endpoint, ...more });
    const output = await sqs.open(config, outputTools());
    try {
      return await output.send(someAlerts(1), new AbortController().signal);
    } finally {
      await output.close?.();
    }
  };
  const signers = (): string[] =>
    service.received.map(({ headers }) => /Credential=(\w+)\//.exec(headers.authorization ?? '')?.[1] ?? '');

  test('takes the role that `assume_role` names, with its external id, and signs with the role’s credentials', async () => {
    expect(await send({ assume_role: { arn: role, external_id: 'tenant-7' } })).toEqual([{ kind: 'done' }]);
    expect(service.received[0]?.body).toContain(`RoleArn=${encodeURIComponent(role)}`);
    expect(service.received[0]?.body).toContain('ExternalId=tenant-7');
    expect(signers()).toEqual(['AKIAEMULATOR00000000', 'AKIAROLE000000000000']);
  });

  test('tries again, and says what to do, while it may not take the role', async () => {
    mayTakeRole = false;
    const [outcome] = await send({ assume_role: { arn: role } });
    expect(outcome).toMatchObject({ kind: 'retry' });
    expect(outcome?.kind === 'retry' && outcome.cause.message).toContain(`sts:AssumeRole on role ${role} is denied`);
  });

  test('says what to look at where nothing answers', async () => {
    await service.stop();
    const [outcome] = await send({});
    expect(outcome?.kind === 'retry' && outcome.cause.message).toMatch(
      /^connect ECONNREFUSED 127\.0\.0\.1:\d+: nothing listens there, .*; check `endpoint` and `region`/,
    );
  });

  test('signs with the credentials of the profile that `profile` names', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'elb-sidekick-profile-'));
    const credentials = join(folder, 'credentials');
    writeFileSync(credentials, '[alerts]\naws_access_key_id = AKIAPROFILE000000000\naws_secret_access_key = secret\n');
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', credentials);
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
    expect(await send({ profile: 'alerts' })).toEqual([{ kind: 'done' }]);
    expect(signers()).toEqual(['AKIAPROFILE000000000']);
    rmSync(folder, { recursive: true });
  });
});

const assumed = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
  <AccessKeyId>AKIAROLE000000000000</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
  <Expiration>2036-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;

const refused =
  '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>';

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
}

/** SQS's answer; the SDK holds the MD5 in it against what it sent. */
function taken({ body }: Received): string {
  const { Entries } = JSON.parse(body) as { readonly Entries: readonly Entry[] };
  const one = ({ Id, MessageBody }: Entry) => ({ Id, MessageId: Id, MD5OfMessageBody: hash('md5', MessageBody) });
  return JSON.stringify({ Successful: Entries.map(one), Failed: [] });
}
