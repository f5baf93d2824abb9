import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { atTime, keyAtTime } from '../../config/compose/redate.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { objectFacts as nameFacts } from '../../src/aws/object-name.ts';
import { falcoObstacle } from '../falco/real-falco.ts';
import { moto, motoServer, useEmulatorCredentials } from '../support/aws-emulator.ts';
import {
  type ComposeService,
  composeServices,
  copies,
  dockerStages,
  instruction,
  LocalCompose,
  root,
} from '../support/compose.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const services = composeServices();
const profiles = [...new Set(Object.values(services).flatMap(({ profiles: named = [] }) => named))].sort();
const falco = process.env['FALCO_BINARY'];
const compose = spawnSync('docker-compose', ['version', '--short']);
const composeMissing = compose.status === 0 ? undefined : 'docker-compose is not installed: see .ci/run';

describe('the Dockerfile', () => {
  const stages = dockerStages();
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');

  it('copies only what is there and what .dockerignore lets through', () => {
    expect(ignored).toContain('*');
    for (const stage of stages.values()) {
      for (const { from, stage: of } of copies(stage)) {
        if (of !== undefined) continue;
        expect(existsSync(join(root, from)), from).toBe(true);
        expect(
          ignored.some((line) => `!${from}` === line || `!${from}`.startsWith(`${line}/`)),
          from,
        ).toBe(true);
      }
    }
  });

  it('takes from its own stages only what they make', () => {
    for (const { from, stage: of = '' } of [...stages.values()].flatMap(copies).filter(({ stage }) => stage)) {
      const made = { dependencies: '/app/node_modules', plugin: '/plugin/target/release/libelb_sidekick.so' };
      expect(Object.entries(made)).toContainEqual([of, from]);
    }
    expect(readFileSync(join(root, 'falco-plugin/Cargo.toml'), 'utf8')).toContain('name = "elb_sidekick"');
  });

  it('starts from pinned images, runs without root, and says how to see that it is well', () => {
    for (const { from } of stages.values()) expect(from).toMatch(/:\d+\.\d+\.\d+/);
    for (const name of ['falco', 'sidekick']) {
      const stage = stages.get(name);
      if (stage === undefined) throw new Error(`no stage ${name}`);
      expect(instruction(stage, 'USER')).not.toBe('root');
      expect(instruction(stage, 'HEALTHCHECK')).toContain('CMD [');
    }
    expect([...stages.keys()].at(-1)).toBe('sidekick');
  });

  it('puts every package into the image that the program imports', () => {
    const files = ['src', 'config/compose'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(root, folder, name)),
    );
    const imported = files.flatMap((file) =>
      [
        ...readFileSync(file, 'utf8')
          .replace(/^\s*import type .*$/gm, '')
          .matchAll(/(?:^|[\s(])(?:from |import\()'((?:@[\w-]+\/)?\w[\w.-]*)(?:\/[\w/.-]*)?'/g),
      ].map(([, name = '']) => name),
    );
    const packages = [...new Set(imported)];
    expect(packages.length).toBeGreaterThan(5);
    expect(packages.filter((name) => !(name in packageJson.dependencies))).toEqual([]);
  });

  it('needs no script of a package at installation', () => {
    const stage = stages.get('dependencies');
    expect(stage === undefined ? '' : instruction(stage, 'RUN')).toContain('npm ci --omit=dev --ignore-scripts');
  });
});

describe('docker-compose.yml', () => {
  const all = Object.entries(services);

  it('has the profiles that .env chooses from, and starts something without one', () => {
    expect(profiles).toEqual(['embedded', 'falco']);
    expect(readFileSync(join(root, '.env'), 'utf8')).toContain('COMPOSE_PROFILES=embedded');
    expect(all.filter(([, service]) => service.profiles === undefined).map(([name]) => name)).toContain('sidekick');
  });

  it.each(all)('%s is pinned, confined, and reachable from this machine alone', (_name, service: ComposeService) => {
    expect(service.image).toMatch(/:\d+\.\d+\.\d+$/);
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
    if (service.build !== undefined) {
      expect(dockerStages().has(service.build.target)).toBe(true);
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], restart: 'unless-stopped' });
    }
    for (const volume of service.volumes ?? []) {
      const stage = dockerStages().get(service.build?.target ?? '');
      expect(stage === undefined ? '' : instruction(stage, 'VOLUME')).toBe(volume.split(':')[1]);
    }
  });

  it.skipIf(composeMissing !== undefined)(
    `is valid with each profile${composeMissing === undefined ? '' : ` (skipped: ${composeMissing})`}`,
    () => {
      for (const profile of profiles) {
        const args = ['--profile', profile, 'config'];
        const { status, stdout, stderr } = spawnSync('docker-compose', args, { cwd: root, encoding: 'utf8' });
        expect({ profile, status, stderr }).toEqual({ profile, status: 0, stderr: '' });
        expect(stdout).toContain('falco-elb-sidekick');
      }
    },
  );
});

describe('the seeded logs', () => {
  it('are the samples with their times brought to now, sub-seconds and distances kept', () => {
    const text = 'h2 2026-09-15T18:05:01.123456Z a 2026-09-15T18:05:00.100000Z\nh2 2026-09-15T18:04:59.5Z b -\n';
    expect(atTime(text, Date.parse('2026-11-21T10:00:00.900Z'))).toBe(
      'h2 2026-11-21T09:59:59.123456Z a 2026-11-21T09:59:58.100000Z\nh2 2026-11-21T09:59:57.5Z b -\n'.replaceAll(
        /09:59:5(\d)/g,
        (_all, second: string) => (second === '9' ? '10:00:00' : `09:59:5${Number(second) + 1}`),
      ),
    );
    expect(atTime('no time', 0)).toBe('no time');
  });

  it('come under keys that name the day, the interval and the balancer', () => {
    const key = keyAtTime(
      'AWSLogs/111122223333/elasticloadbalancing/eu-central-1/2026/09/15/111122223333_elasticloadbalancing_eu-central-1_app.shop-prod.8f3b1c2d4e5f6071_20260915T1850Z_203.0.113.17_4261ae51.log.gz',
      Date.parse('2026-11-21T23:58:00Z'),
    );
    expect(key).toMatch(
      /\/2026\/11\/21\/.*_app\.shop-prod\.8f3b1c2d4e5f6071_20261122T0000Z_203\.0\.113\.17_[0-9a-f]{8}\.log\.gz$/,
    );
    expect(nameFacts(key)).toMatchObject({ lbName: 'shop-prod', logType: 'alb' });
  });
});

describe.each([
  { profile: 'embedded', obstacle: moto.missing },
  { profile: 'falco', obstacle: moto.missing ?? falcoObstacle(falco) },
])('docker compose --profile $profile up, without containers', ({ profile, obstacle }) => {
  it.skipIf(obstacle !== undefined)(
    `brings alerts on seeded logs to CloudWatch Logs, to S3 and to the page${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
    { timeout: 240_000 },
    async () => {
      useEmulatorCredentials();
      const ports = Object.fromEntries(
        await Promise.all(['5000', '2801', '2802'].map(async (port) => [port, await freePort()])),
      );
      const local = new LocalCompose(
        temporaryFolder(),
        { moto: motoServer, ...(falco === undefined ? {} : { falco }) },
        ports as Record<string, number>,
      );
      onTestFinished(async () => {
        await local.down();
      });
      await local.up(profile, { SEED_EVERY_SECONDS: '0.2' });

      const aws = { region: 'eu-central-1', endpoint: `http://127.0.0.1:${ports['5000']}` };
      const cloudwatch = new CloudWatchLogsClient(aws);
      const s3 = new S3Client({ ...aws, forcePathStyle: true });
      const page = `http://127.0.0.1:${ports['2801']}`;
      const tailed = async (): Promise<string[]> =>
        ((await cloudwatch.send(new FilterLogEventsCommand({ logGroupName: '/falco/alerts' }))).events ?? []).map(
          ({ message = '' }) => message,
        );
      await expect.poll(async () => (await tailed()).length, { timeout: 60_000 }).toBeGreaterThan(10);
      const alert = JSON.parse((await tailed())[0] ?? '') as { output_fields: Record<string, unknown>; source: string };
      expect(alert.source).toBe('awselb');
      expect(alert.output_fields['awselb.object']).toContain('s3://elb-logs/AWSLogs/111122223333/');
      expect(alert.output_fields['awselb.event_id']).toMatch(/^[0-9a-f]{32}$/);
      const listed = async (): Promise<number> =>
        (await s3.send(new ListObjectsV2Command({ Bucket: 'elb-alerts', Prefix: 'falco/' }))).KeyCount ?? 0;
      await expect.poll(listed, { timeout: 30_000 }).toBeGreaterThan(0);
      const ready = await fetch(`${page}/readyz`, { headers: { authorization: 'Bearer demo' } });
      expect(await ready.text()).toContain('"ready"');
      const shown = await fetch(`${page}/`, { headers: { authorization: 'Bearer demo' } });
      expect({ status: shown.status, type: shown.headers.get('content-type') }).toEqual({
        status: 200,
        type: expect.stringContaining('text/html') as string,
      });
      expect(local.said('seeder')).toContain('logs tail /falco/alerts --follow');

      const ended = await local.down();
      for (const name of Object.keys(ended)) if (name !== 'aws') expect({ [name]: ended[name] }).toEqual({ [name]: 0 });
    },
  );
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
