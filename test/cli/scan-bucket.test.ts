import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { albLine } from '../support/alb-line.ts';
import { type AwsEmulator, emulatorKinds, titleOf } from '../support/aws-emulator.ts';
import { type AwsWorld, albKey, makeAwsWorld } from '../support/aws-world.ts';
import { type CliRun, elbSidekick, type FakeMachineOptions } from '../support/fake-machine.ts';
import { type FaultProxy, s3Error, startFaultProxy } from '../support/fault-proxy.ts';
import { ruleFor503 } from '../support/ingest-app.ts';

/** An hour's log with so many alerts. */
const log = (at: string, alerts: number): Buffer => {
  const time = `${at.slice(0, 4)}-${at.slice(4, 6)}-${at.slice(6, 8)}T${at.slice(9, 11)}:00:00.000000Z`;
  const lines = Array.from({ length: alerts }, (_, line) => albLine({ time, status: 503, path: `/${at}/${line}` }));
  return gzipSync(`${[...lines, albLine({ time })].join('\n')}\n`);
};

const alertCount = (out: string): number => out.split('\n').length - 1;
const day = (account: string, number: number): string =>
  `team/AWSLogs/${account}/elasticloadbalancing/eu-west-1/2026/11/${number}/`;

for (const kind of emulatorKinds) {
  describe.skipIf(kind.missing !== undefined)(titleOf('scan s3://…', kind), () => {
    let aws: AwsEmulator;
    let proxy: FaultProxy;
    let world: AwsWorld;
    let cwd: string;

    beforeAll(async () => {
      aws = await kind.start();
      proxy = await startFaultProxy(aws.endpoint);
    });
    afterAll(async () => {
      await proxy.stop();
      await aws.stop();
    });
    beforeEach(async () => {
      world = await makeAwsWorld(aws.endpoint);
      cwd = mkdtempSync(join(tmpdir(), 'scan-bucket-'));
      writeFileSync(join(cwd, 'rules.yaml'), ruleFor503);
    });
    afterEach(() => {
      proxy.misbehave(() => undefined);
      world.close();
      rmSync(cwd, { recursive: true, force: true });
    });

    const scan = (argv: readonly string[], options: FakeMachineOptions = {}): Promise<CliRun> =>
      elbSidekick(
        ['scan', '-r', 'rules.yaml', '--no-geoip', '--endpoint-url', proxy.endpoint, '--region', world.region, ...argv],
        { cwd, ...options },
      );
    /** The first thing that a scan in vain says. */
    const said = async (...argv: string[]): Promise<string> => {
      const { code, err } = await scan(argv);
      expect({ code, err }).toMatchObject({ code: 1 });
      return err.split('\n')[0] ?? '';
    };
    const url = (prefix = ''): string => `s3://${world.bucket}/${prefix}`;
    /** Puts an hourly log of 2026-11-19 to 21 into the bucket, in two accounts. */
    const fill = async (prefix = ''): Promise<void> => {
      for (const [account, at, alerts] of [
        ['111111111111', '20261119T1000Z', 1],
        ['111111111111', '20261120T1000Z', 2],
        ['222222222222', '20261120T1100Z', 3],
        ['111111111111', '20261121T0900Z', 4],
      ] as const) {
        await world.put(`${prefix}${albKey({ account, at })}`, log(at, alerts));
      }
      await world.put(`${prefix}AWSLogs/111111111111/ELBAccessLogTestFile`, 'Enable AccessLog for ELB: web');
    };
    const listed = (from: number): string[] =>
      proxy.seen.slice(from).flatMap(({ path }) => {
        const query = new URL(path, 'http://s3').searchParams;
        return query.get('list-type') === '2' && query.get('delimiter') === null ? (query.get('prefix') ?? '') : [];
      });
    it('reads what lies there, and tells alerts per rule and per hour', async () => {
      await fill();
      const { code, out, err } = await scan(['--summary', 'summary.jsonl', url()]);
      expect({ code, alerts: alertCount(out) }).toEqual({ code: 0, alerts: 10 });
      expect(err.split('\n').slice(1)).toEqual([
        '       10  Balancer answered 503',
        'alerts per hour (UTC):',
        '        1  2026-11-19 10:00  Balancer answered 503 1',
        '        2  2026-11-20 10:00  Balancer answered 503 2',
        '        3  2026-11-20 11:00  Balancer answered 503 3',
        '        4  2026-11-21 09:00  Balancer answered 503 4',
        '',
      ]);
      const rows = readFileSync(join(cwd, 'summary.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((row) => JSON.parse(row));
      expect(rows[0]).toMatchObject({ is: 'total', stopped: false, objects: 4, unread: 0, lines: 14, alerts: 10 });
      expect(rows.slice(1, 3)).toEqual([
        { is: 'rule', rule: 'Balancer answered 503', alerts: 10 },
        { is: 'hour', hour: '2026-11-19T10:00:00Z', rule: 'Balancer answered 503', alerts: 1 },
      ]);
      expect(rows).toHaveLength(6);
    });

    it('reads only the time asked for, and lists only its days', async () => {
      await fill('team/');
      const from = proxy.seen.length;
      const range = ['--since', '2026-11-20T10:30:00Z', '--until', '2026-11-20T23:00:00Z'];
      const { code, out } = await scan([...range, url('team')]);
      expect({ code, alerts: alertCount(out) }).toEqual({ code: 0, alerts: 3 });
      expect(listed(from)).toEqual(
        [20, 21].flatMap((number) => [day('111111111111', number), day('222222222222', number)]),
      );
    });

    it('reads one account, one day, one log, the logs of one balancer, or a folder of copies', async () => {
      await fill();
      await world.put(albKey({ lb: 'app.api.50dc6c495c0c9188', at: '20261120T1200Z' }), log('20261120T1200Z', 5));
      await world.put('incident/copy', log('20261120T1300Z', 6));
      const key = albKey({ account: '111111111111', at: '20261120T1000Z' });
      const region = 'AWSLogs/111111111111/elasticloadbalancing/eu-west-1/';
      for (const [prefix, alerts] of [
        ['AWSLogs/222222222222', 3],
        ['AWSLogs/111111111111/', 7],
        [region, 7],
        [`${region}2026/11/20`, 2],
        [key, 2],
        [
          'AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2026/11/20/123456789012_elasticloadbalancing_eu-west-1_app.api',
          5,
        ],
        ['incident', 6],
        ['incident/', 6],
      ] as const) {
        const { code, out } = await scan([url(prefix)]);
        expect({ prefix, code, alerts: alertCount(out) }).toEqual({ prefix, code: 0, alerts });
      }
    });

    it('prints what a scan of the same logs in a folder prints, in the same order, on one thread and on several', async () => {
      await fill();
      await world.put(albKey({ account: '222222222222', at: '20261121T0905Z' }), log('20261121T0900Z', 4000));
      const keys = [
        albKey({ account: '111111111111', at: '20261119T1000Z' }),
        albKey({ account: '111111111111', at: '20261120T1000Z' }),
        albKey({ account: '111111111111', at: '20261121T0900Z' }),
        albKey({ account: '222222222222', at: '20261120T1100Z' }),
        albKey({ account: '222222222222', at: '20261121T0905Z' }),
      ];
      const alerts = [1, 2, 4, 3, 4000];
      for (const [index, key] of keys.entries()) {
        const at = /_(\d{8}T\d{2})\d{2}Z_/.exec(key)?.[1] ?? '';
        mkdirSync(dirname(join(cwd, key)), { recursive: true });
        writeFileSync(join(cwd, key), log(`${at}00Z`, alerts[index] ?? 0));
      }
      const local = await elbSidekick(['scan', '-r', 'rules.yaml', '--no-geoip', 'AWSLogs'], { cwd });
      const asS3 = local.out.replaceAll(/ AWSLogs\//g, ` ${url()}AWSLogs/`);
      const whole = await scan([url()]);
      expect(whole.out).toBe(asS3);
      const threads = await scan(['--threads', '2', url()]);
      expect(threads.out).toBe(asS3);
    });

    it('reads S3 beside files, in the order named', async () => {
      await fill();
      writeFileSync(join(cwd, 'a.log'), `${albLine({ status: 503 })}\n`);
      const { out } = await scan(['a.log', url('AWSLogs/222222222222'), 'a.log']);
      expect([...out.matchAll(/ (a\.log|s3:)/g)].map(([, place]) => place)).toEqual([
        'a.log',
        's3:',
        's3:',
        's3:',
        'a.log',
      ]);
    });

    it('shows on a terminal how much of it is read and what is left', async () => {
      await fill();
      await world.put(albKey({ account: '222222222222', at: '20261121T0905Z' }), log('20261121T0900Z', 20_000));
      // The line is drawn ten times a second: so late is it whenever somebody asks.
      let ms = systemClock.now();
      const clock = { ...systemClock, now: () => (ms += 100) };
      const { err } = await scan([url()], { watched: true, clock });
      expect(err).toMatch(/\r\[=* *\] +\d+ % of [\d.]+ kB · [\d,]+ lines · [\d,]+ lines\/s · \d+ s left\u001b\[K/);
    });

    it('ends with a clean summary when it is stopped', async () => {
      await fill();
      await world.put(albKey({ account: '222222222222', at: '20261121T0905Z' }), log('20261121T0900Z', 50_000));
      const stop = new AbortController();
      const { code, err } = await scan([url()], { stop: stop.signal, wrote: () => stop.abort() });
      expect({ code, err }).toEqual({
        code: expect.any(Number),
        err: expect.stringMatching(/^Stopped\. \d+ objects?, /),
      });
    });

    it('names what it may not read or list, and reads the rest', async () => {
      await fill();
      proxy.misbehave(({ path }) =>
        decodeURIComponent(path).includes('222222222222/elasticloadbalancing/') ||
        (path.includes('20261119T1000Z') && !path.includes('list-type'))
          ? s3Error(403, 'AccessDenied', 'Access Denied')
          : undefined,
      );
      const { code, out, err } = await scan([url()]);
      expect({ code, alerts: alertCount(out) }).toEqual({ code: 1, alerts: 6 });
      expect(err).toMatch(/20261119T1000Z_\S+\.log\.gz: s3:GetObject on s3:\/\/\S+ is denied: allow s3:GetObject/);
      expect(err).toMatch(
        /222222222222\/elasticloadbalancing\/: s3:ListBucket on s3:\/\/\S+ is denied: allow s3:ListBucket/,
      );
    });

    it('says what is wrong with the place', async () => {
      await fill('logs/');
      expect(await said('s3://no-such-bucket-here/x')).toMatch(
        /^s3:\/\/no-such-bucket-here\/x: there is no bucket for s3:\/\/no-such-bucket-here\/x\/: check its name$/,
      );
      expect(await said(url('log'))).toBe(`${url('log')}: nothing lies there; there is logs/ in ${url()}`);
      expect(await said('--since', '2026-12-01', '--until', '2026-12-02', url('logs'))).toBe(
        `${url('logs')}: there is no log of a load balancer since 2026-12-01T00:00:00Z until 2026-12-02T00:00:00Z`,
      );
      expect(await said(url('logs/AWSLogs/111111111111/CloudTrail'))).toContain('nothing lies there');
      expect(await said('--profile', 'no-such-profile', url('logs'))).toContain('no AWS credentials found');
      proxy.misbehave(() => s3Error(403, 'AccessDenied', 'Access Denied'));
      expect(await said(url('logs'))).toMatch(
        /: s3:ListBucket on s3:\/\/\S+ is denied: allow s3:ListBucket in the IAM/,
      );
      proxy.misbehave(() => s3Error(403, 'InvalidAccessKeyId'));
      expect(await said(url('logs'))).toContain('AWS does not accept these credentials (s3:ListBucket)');
    });

    it('reads on through throttling, a 500, a reset and a listing that fails', async () => {
      await fill();
      const whole = await scan([url()]);
      const seen = new Set<string>();
      const troubles = [
        s3Error(503, 'SlowDown', 'Please reduce your request rate.'),
        s3Error(500, 'InternalError'),
        { kind: 'reset', afterBytes: 20 },
      ] as const;
      proxy.misbehave(({ path, headers }) => {
        if (headers.range !== undefined || seen.has(path)) return undefined;
        seen.add(path);
        return path.includes('list-type') ? troubles[seen.size % 2] : troubles[seen.size % 3];
      });
      const { code, out } = await scan([url()]);
      expect({ code, out }).toEqual({ code: 0, out: whole.out });
      expect(seen.size).toBeGreaterThan(7);
    });

    it('tells S3 that the requester pays', async () => {
      await fill();
      const from = proxy.seen.length;
      await scan(['--request-payer', url()]);
      const requests = proxy.seen.slice(from);
      expect(requests.length).toBeGreaterThan(4);
      expect(requests.map(({ headers }) => headers['x-amz-request-payer'])).toEqual(requests.map(() => 'requester'));
    });
  });
}

describe('scan s3://… that is called wrongly', () => {
  it('says how it should be', async () => {
    for (const [argv, says] of [
      [['s3:/bucket'], 'expected s3://bucket or s3://bucket/prefix, not s3:/bucket'],
      [['--since', 'yesterday', 's3://b'], '--since yesterday: expected a date (2026-11-01)'],
      [['--until', '24', 's3://b'], '--until 24: expected a date'],
      [['--region', 'Ireland', 's3://b'], '--region wants a region such as eu-west-1, not Ireland'],
      [['--endpoint-url', 'localhost', 's3://b'], '--endpoint-url wants a URL'],
      [['--since', '24h', 'logs'], '--since and --until choose among objects in S3'],
      [['--until', '2026-11-01', '-'], '--since and --until choose among objects in S3'],
    ] as const) {
      const { code, err } = await elbSidekick(['scan', ...argv]);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(says) });
    }
  });
});
