import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AwsTrouble } from '../../../src/aws/trouble.ts';
import { done, type Outcome, reject, retry } from '../../../src/base/outcome.ts';
import { s3List, s3ListConfig } from '../../../src/detect/sources/s3-list.ts';
import type { LogObject, Progress, Source } from '../../../src/detect/sources/source.ts';
import { contentOf, describeEndlessSource, describeSource, progressInMemory } from '../../contracts/describe-source.ts';
import { type AwsEmulator, emulatorKinds, titleOf } from '../../support/aws-emulator.ts';
import { type AwsWorld, albKey, makeAwsWorld } from '../../support/aws-world.ts';
import { type FaultProxy, s3Error, type SeenRequest, startFaultProxy } from '../../support/fault-proxy.ts';
import { type HandClock, handClock, whilePassing } from '../../support/hand-clock.ts';
import { reasonsOf, sourceTools, take } from '../../support/source-tools.ts';

const noon = Date.parse('2026-11-21T12:00:00Z');
const minute = 60_000;
const hour = 60 * minute;

for (const kind of emulatorKinds) {
  describe.skipIf(kind.missing !== undefined)(titleOf('s3-list', kind), () => {
    let aws: AwsEmulator;
    let proxy: FaultProxy;
    let world: AwsWorld;
    let clock: HandClock;
    let progress: Progress;
    let closing: (() => Promise<unknown>)[] = [];

    beforeAll(async () => {
      aws = await kind.start();
      proxy = await startFaultProxy(aws.endpoint);
    });
    afterAll(async () => {
      await proxy.stop();
      await aws.stop();
    });
    const setUp = async (): Promise<void> => {
      world = await makeAwsWorld(aws.endpoint);
      clock = handClock(noon);
      progress = progressInMemory();
    };
    afterEach(async () => {
      proxy.misbehave(() => undefined);
      for (const close of closing) await close();
      closing = [];
      world.close();
    });

    const openSource = async (
      given: Record<string, unknown>,
      tools = sourceTools({ clock, progress }),
    ): Promise<Source> => {
      const config = s3ListConfig.parse({
        bucket: world.bucket,
        region: world.region,
        endpoint: proxy.endpoint,
        path_style: true,
        ...given,
      });
      const source = await s3List.open(config, tools);
      closing.push(async () => source.close?.());
      return source;
    };
    const open = async (given: Record<string, unknown> = {}) => {
      const tools = sourceTools({ clock, progress });
      const stop = new AbortController();
      const source = await openSource(given, tools);
      const objects = source.objects(stop.signal)[Symbol.asyncIterator]();
      closing.unshift(async () => {
        stop.abort();
        await objects.return?.();
      });
      return { objects, stop, tools };
    };
    /** The objects that come until the source waits for its next poll, each settled done. */
    const drain = async (
      objects: AsyncIterator<LogObject>,
      settle = async (object: LogObject) => object.settle(done),
    ) => {
      const names: string[] = [];
      for (;;) {
        const next = objects.next();
        const asleep = expect.poll(() => clock.sleeping().length, { timeout: 10_000, interval: 5 }).toBeGreaterThan(0);
        const got = await Promise.race([next, asleep.then(() => undefined)]);
        if (got === undefined) return { names, next };
        if (got.done === true) return { names, next };
        names.push(got.value.name);
        await settle(got.value);
      }
    };
    /** All that comes until the source ends, each settled as `outcome` says of its content. */
    const readToEnd = async (objects: AsyncIterator<LogObject>, outcome: (content: string) => Outcome) => {
      const read: string[] = [];
      for (;;) {
        const next = await whilePassing(objects.next(), () => clock.advance(1000));
        if (next === undefined || next.done === true) return read;
        const content = await contentOf(next.value);
        read.push(content);
        await next.value.settle(outcome(content));
      }
    };
    const nameOf = (key: string): string => `s3://${world.bucket}/${key}`;
    const listings = (from: number): string[] =>
      proxy.seen.slice(from).flatMap((request) => (isListing(request) ? [prefixOf(request)] : []));

    describeSource(`s3-list with until (${kind.name})`, async () => {
      await setUp();
      const keys = [
        albKey({ account: '222222222222', at: '20261120T2355Z' }),
        albKey({ account: '111111111111', at: '20261121T0005Z' }),
        albKey({ account: '222222222222', at: '20261121T0005Z' }),
      ];
      for (const key of keys) await world.put(key, `content of ${key}`);
      const [a, b, c] = keys.map((key) => `content of ${key}`);
      return {
        contents: [a ?? '', b ?? '', c ?? ''],
        open: (kept) =>
          openSource({ since: '2026-11-20', until: '2026-11-21T12:00:00Z' }, sourceTools({ clock, progress: kept })),
      };
    });

    describeEndlessSource(`s3-list (${kind.name})`, async () => {
      await setUp();
      const contents = ['one', 'two', 'three'] as const;
      for (const content of contents) await world.put(albKey({ random: content }), content);
      return {
        contents,
        open: () => openSource({}),
        add: (content) => world.put(albKey({ random: 'more' }), content),
        pass: () => clock.advance(minute),
      };
    });

    it('finds an object that came late under a name before those already read', async () => {
      await setUp();
      await world.put(albKey({ lb: 'app.zebra.50dc6c495c0c9188', at: '20261121T1155Z' }), 'z');
      const { objects } = await open();
      const first = await drain(objects);
      expect(first.names).toEqual([nameOf(albKey({ lb: 'app.zebra.50dc6c495c0c9188', at: '20261121T1155Z' }))]);
      const late = albKey({ lb: 'app.ant.50dc6c495c0c9188', at: '20261121T0005Z' });
      await world.put(late, 'a');
      await clock.advance(minute);
      const next = await first.next;
      expect(next.done !== true && next.value.name).toBe(nameOf(late));
    });

    it('reads all accounts, organisations and regions below the prefix, or those it was told', async () => {
      await setUp();
      const keys = [
        albKey({ account: '111111111111' }),
        albKey({ account: '222222222222' }),
        albKey({ account: '333333333333' }).replace('AWSLogs/', 'AWSLogs/o-abc123/'),
        albKey({ account: '111111111111' }).replaceAll('eu-west-1', 'us-gov-west-1'),
      ].map((key) => `team/a/${key}`);
      for (const key of keys) await world.put(key, 'x');
      await world.put('team/a/AWSLogs/111111111111/CloudTrail/eu-west-1/2026/11/21/x.json.gz', 'x');
      const all = await open({ prefix: 'team/a' });
      expect((await drain(all.objects)).names.sort()).toEqual(keys.map(nameOf).sort());
      progress = progressInMemory();
      clock = handClock(noon);
      const some = await open({ prefix: 'team/a/', accounts: ['111111111111'], regions: ['eu-west-1'] });
      expect((await drain(some.objects)).names).toEqual([nameOf(keys[0] ?? '')]);
      progress = progressInMemory();
      clock = handClock(noon);
      const deep = await open({ prefix: 'team/a/AWSLogs/o-abc123/333333333333/' });
      expect((await drain(deep.objects)).names).toEqual([nameOf(keys[2] ?? '')]);
    });

    it('does not read again after a restart, and counts "24h ago" from the first start', async () => {
      await setUp();
      const old = albKey({ at: '20261120T1155Z' });
      const young = albKey({ at: '20261120T1205Z' });
      for (const key of [old, young]) await world.put(key, 'x');
      const one = await open({ since: '24h' });
      expect((await drain(one.objects)).names).toEqual([nameOf(young)]);
      one.stop.abort();
      const missed = albKey({ at: '20261120T1300Z' });
      await world.put(missed, 'x');
      clock = handClock(noon + 30 * hour);
      const two = await open({ since: '24h' });
      expect((await drain(two.objects)).names).toEqual([nameOf(missed)]);
    });

    it('reads an object again when it was replaced', async () => {
      await setUp();
      await world.put(albKey(), 'before');
      const { objects } = await open();
      const { next } = await drain(objects);
      await world.put(albKey(), 'after');
      await clock.advance(minute);
      const again = await next;
      expect(again.done !== true && (await contentOf(again.value))).toBe('after');
    });

    it('settles days that are over with one mark, and never lists them again', async () => {
      await setUp();
      const keys = ['20261110T0005Z', '20261111T0005Z', '20261121T0005Z'].map((at) => albKey({ at }));
      for (const key of keys) await world.put(key, 'x');
      const { objects, tools } = await open({ since: '2026-11-10' });
      const first = await drain(objects);
      expect(first.names.sort()).toEqual(keys.map(nameOf));
      await clock.advance(minute);
      await expect.poll(() => clock.sleeping().length).toBe(1);
      const region = 'AWSLogs/123456789012/elasticloadbalancing/eu-west-1/';
      expect(progress.settledVersion('logs', nameOf(`${region}2026/11/10/`))).toBe('complete');
      expect(progress.settledVersion('logs', nameOf(keys[0] ?? ''))).toBeUndefined();
      expect(progress.settledVersion('logs', nameOf(keys[2] ?? ''))).toBeDefined();
      expect(tools.notes.filter(({ kind: noted }) => noted === 'backfill').at(-1)).toMatchObject({
        days: 9,
        ofDays: 9,
      });
      const from = proxy.seen.length;
      await clock.advance(minute);
      await expect.poll(() => clock.sleeping().length).toBe(1);
      expect(listings(from)).toEqual([19, 20, 21].map((day) => `${region}2026/11/${day}/`));
    });

    it('goes on with the youngest days while it reads old ones', async () => {
      await setUp();
      for (const at of ['20261110T0005Z', '20261110T0010Z']) await world.put(albKey({ at }), 'x');
      const { objects } = await open({ since: '2026-11-10' });
      const [old] = await take(objects, 1);
      expect(old?.name).toBe(nameOf(albKey({ at: '20261110T0005Z' })));
      const fresh = albKey({ at: '20261121T1200Z' });
      await world.put(fresh, 'x');
      await clock.advance(2 * minute);
      const [next] = await take(objects, 1);
      expect(next?.name).toBe(nameOf(fresh));
    });

    it('offers a failed object again after a growing pause, and buries it at last', async () => {
      await setUp();
      await world.put(albKey(), 'x');
      const { objects, tools } = await open({ max_tries: 3 });
      let { next } = await drain(objects, fail);
      for (const pause of [1, 1]) {
        expect(reasonsOf(tools.notes, 'buried')).toEqual([]);
        await clock.advance(pause * minute);
        const again = await next;
        if (again.done === true) throw new Error('ended');
        await fail(again.value);
        ({ next } = await drain(objects, fail));
      }
      expect(reasonsOf(tools.notes, 'buried')).toEqual([`${nameOf(albKey())}: failed 3 times, the last time: denied`]);
    });

    it('never offers a rejected object again', async () => {
      await setUp();
      await world.put(albKey(), 'x');
      const { objects } = await open();
      await drain(objects, (object) => object.settle(reject(new Error('corrupt'))));
      await clock.advance(minute);
      await expect.poll(() => clock.sleeping().length).toBe(1);
      const again = await open();
      expect((await drain(again.objects)).names).toEqual([]);
    });

    describe('with until', () => {
      const range = { since: '2026-11-20', until: '2026-11-21T12:00:00Z' };
      it('reads at a second try what a passing failure kept it from, then ends', async () => {
        await setUp();
        for (const content of ['a', 'b', 'c']) await world.put(albKey({ random: content }), content);
        const { objects } = await open(range);
        let failures = 1;
        const read = await readToEnd(objects, (content) =>
          content === 'b' && failures-- > 0 ? retry(new Error('reset')) : done,
        );
        expect(read).toEqual(['a', 'b', 'c', 'b']);
        expect(clock.now() - noon).toBeGreaterThanOrEqual(2_000);
      });

      it('tries three times, and not again what a person has to change something for first', async () => {
        await setUp();
        for (const content of ['broken', 'denied', 'fine']) await world.put(albKey({ random: content }), content);
        const { objects, tools } = await open(range);
        const read = await readToEnd(objects, (content) => {
          if (content === 'fine') return done;
          return retry(content === 'broken' ? new Error('reset') : new AwsTrouble('denied', 'lasting'));
        });
        expect(read.filter((content) => content === 'broken')).toHaveLength(3);
        expect(reasonsOf(tools.notes, 'buried')).toEqual([]);
        await world.remove(albKey({ random: 'broken' }));
        const later = await open(range);
        expect(await readToEnd(later.objects, () => retry(new AwsTrouble('denied', 'lasting')))).toEqual(['denied']);
      });

      it('lists at a second try what it could not list', async () => {
        await setUp();
        for (const account of ['111111111111', '222222222222']) await world.put(albKey({ account }), account);
        let refusals = 5;
        proxy.misbehave((request) =>
          isListing(request) && prefixOf(request).endsWith('/111111111111/elasticloadbalancing/eu-west-1/2026/11/20/')
            ? refusals-- > 0
              ? s3Error(500, 'InternalError')
              : undefined
            : undefined,
        );
        const { objects, tools } = await open(range);
        expect(await readToEnd(objects, () => done)).toEqual(['222222222222', '111111111111']);
        expect(reasonsOf(tools.notes, 'trouble')).toEqual([expect.stringMatching(/^s3:ListBucket on .*InternalError/)]);
        expect(tools.notes.filter(({ kind: noted }) => noted === 'backfill')).toEqual([
          { kind: 'backfill', days: 1, ofDays: 3, objects: 0 },
          { kind: 'backfill', days: 2, ofDays: 3, objects: 1 },
          { kind: 'backfill', days: 3, ofDays: 3, objects: 1 },
        ]);
      });
    });

    it('names what it may not list, and reads the rest', async () => {
      await setUp();
      const keys = ['111111111111', '222222222222'].map((account) => albKey({ account }));
      for (const key of keys) await world.put(key, 'x');
      proxy.misbehave((request) =>
        isListing(request) && prefixOf(request).includes('/111111111111/elasticloadbalancing/eu-west-1/')
          ? s3Error(403, 'AccessDenied', 'Access Denied')
          : undefined,
      );
      const { objects, tools } = await open();
      const { names, next } = await drain(objects);
      expect(names).toEqual([nameOf(keys[1] ?? '')]);
      expect(reasonsOf(tools.notes, 'trouble')).toEqual([
        expect.stringMatching(/^s3:ListBucket on s3:\/\/.*\/111111111111\/.* is denied: allow s3:ListBucket/),
      ]);
      proxy.misbehave(() => undefined);
      await clock.advance(minute);
      const healed = await next;
      expect(healed.done !== true && healed.value.name).toBe(nameOf(keys[0] ?? ''));
    });

    it('ends with what to do when the bucket may not be listed or is not there', async () => {
      await setUp();
      const elsewhere = await open({ bucket: 'no-such-bucket' });
      await expect(elsewhere.objects.next()).rejects.toThrow(
        /^there is no bucket for s3:\/\/no-such-bucket\/AWSLogs\//,
      );
      proxy.misbehave(() => s3Error(403, 'AccessDenied', 'Access Denied'));
      const denied = await open();
      await expect(denied.objects.next()).rejects.toThrow(/^s3:ListBucket on s3:.*AWSLogs\/ is denied/);
    });

    it('says what lies there when no load balancer logged to the prefix', async () => {
      await setUp();
      await world.put(`logs/${albKey()}`, 'x');
      await world.put('other/file', 'x');
      const { objects } = await open({ until: '2026-11-21' });
      await expect(objects.next()).rejects.toThrow(
        /^no load balancer has logged to s3:\/\/.*\/AWSLogs\/ yet, or `prefix` is not theirs\. There is logs\/, other\/ in/,
      );
    });

    it('tells S3 that the requester pays', async () => {
      await setUp();
      await world.put(albKey(), 'x');
      const from = proxy.seen.length;
      const { objects } = await open({ request_payer: true });
      const [object] = await take(objects, 1);
      if (object !== undefined) await contentOf(object);
      expect(proxy.seen.slice(from).map(({ headers }) => headers['x-amz-request-payer'])).toEqual(
        proxy.seen.slice(from).map(() => 'requester'),
      );
    });

    it('reads listings of more than one page', async () => {
      await setUp();
      const count = 1003;
      await Promise.all(Array.from({ length: count }, (_, number) => world.put(albKey({ random: `r${number}` }), 'x')));
      const { objects } = await open();
      const { names } = await drain(objects);
      expect(new Set(names).size).toBe(count);
    });
  });
}

function fail(object: LogObject): Promise<void> {
  return object.settle(retry(new Error('denied')));
}

function isListing({ path }: SeenRequest): boolean {
  return path.includes('list-type=2');
}

function prefixOf({ path }: SeenRequest): string {
  return new URL(path, 'http://s3').searchParams.get('prefix') ?? '';
}
