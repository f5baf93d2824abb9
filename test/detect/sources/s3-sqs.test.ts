import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { done, reject, retry } from '../../../src/base/outcome.ts';
import { s3Sqs, s3SqsConfig } from '../../../src/detect/sources/s3-sqs.ts';
import { type LogObject, type Source, Unreadable } from '../../../src/detect/sources/source.ts';
import { contentOf, describeEndlessSource } from '../../contracts/describe-source.ts';
import { type AwsEmulator, emulatorKinds, moto, titleOf } from '../../support/aws-emulator.ts';
import { type AwsWorld, albKey, eventBridgeEvent, makeAwsWorld, s3Event, throughSns } from '../../support/aws-world.ts';
import { type FaultProxy, first, jsonError, s3Error, startFaultProxy } from '../../support/fault-proxy.ts';
import { handClock, whilePassing } from '../../support/hand-clock.ts';
import { reasonsOf, sourceTools, take } from '../../support/source-tools.ts';

for (const kind of emulatorKinds) {
  describe.skipIf(kind.missing !== undefined)(titleOf('s3-sqs', kind), () => {
    let aws: AwsEmulator;
    let proxy: FaultProxy;
    let world: AwsWorld;
    let closing: (() => Promise<unknown>)[] = [];

    beforeAll(async () => {
      aws = await kind.start();
      proxy = await startFaultProxy(aws.endpoint);
    });
    afterAll(async () => {
      await proxy.stop();
      await aws.stop();
    });
    afterEach(async () => {
      proxy.misbehave(() => undefined);
      for (const close of closing) await close();
      closing = [];
      world.close();
    });

    const open = async (
      given: Record<string, unknown> = {},
      tools = sourceTools(),
    ): Promise<{ source: Source; objects: AsyncIterator<LogObject>; stop: AbortController; tools: typeof tools }> => {
      const config = s3SqsConfig.parse({
        queue_url: world.queueUrl,
        region: world.region,
        endpoint: proxy.endpoint,
        path_style: true,
        ...given,
      });
      const source = await s3Sqs.open(config, tools);
      const stop = new AbortController();
      const objects = source.objects(stop.signal)[Symbol.asyncIterator]();
      closing.push(async () => {
        stop.abort();
        await objects.return?.();
        await source.close?.();
      });
      return { source, objects, stop, tools };
    };

    describeEndlessSource(`s3-sqs (${kind.name})`, async () => {
      world = await makeAwsWorld(aws.endpoint, 20);
      const contents = ['one', 'two', 'three'] as const;
      for (const content of contents) await world.deliver(albKey({ random: content }), content);
      return {
        contents,
        open: async () => (await open()).source,
        add: (content) => world.deliver(albKey({ random: 'more' }), content),
        pass: async () => {
          await world.left(world.queueUrl);
        },
      };
    });

    it('reads what S3, SNS and EventBridge tell of, and deletes a message when its object is done', async () => {
      world = await makeAwsWorld(aws.endpoint);
      const keys = ['raw', 'sns', 'bridge'].map((random) => albKey({ random }));
      for (const key of keys) await world.put(key, `log of ${key}`);
      await world.send(s3Event(world.bucket, { key: keys[0] ?? '' }));
      await world.send(throughSns(s3Event(world.bucket, { key: keys[1] ?? '' })));
      await world.send(eventBridgeEvent(world.bucket, keys[2] ?? ''));
      const { objects } = await open();
      const found = await take(objects, 3);
      expect(found.map(({ name }) => name).sort()).toEqual(keys.map((key) => `s3://${world.bucket}/${key}`).sort());
      for (const object of found) {
        expect(`s3://${world.bucket}/${(await contentOf(object)).slice('log of '.length)}`).toBe(object.name);
      }
      expect(await world.left(world.queueUrl)).toBe(3);
      for (const object of found) await object.settle(done);
      expect(await world.left(world.queueUrl)).toBe(0);
    });

    it('reads keys with blanks and plus signs, which S3 writes as forms do', async () => {
      world = await makeAwsWorld(aws.endpoint);
      const key = `team a+b/100%/${albKey()}`;
      await world.deliver(key, 'content');
      const { objects } = await open();
      const [object] = await take(objects, 1);
      expect(object?.name).toBe(`s3://${world.bucket}/${key}`);
      expect(object && (await contentOf(object))).toBe('content');
    });

    it('deletes a message only when the last of its objects is settled', async () => {
      world = await makeAwsWorld(aws.endpoint);
      const keys = ['a', 'b', 'c'].map((random) => albKey({ random }));
      await world.send(s3Event(world.bucket, ...keys.map((key) => ({ key }))));
      const { objects } = await open();
      const [a, b, c] = await take(objects, 3);
      await c?.settle(done);
      await a?.settle(reject(new Error('corrupt')));
      expect(await world.left(world.queueUrl)).toBe(1);
      await b?.settle(done);
      expect(await world.left(world.queueUrl)).toBe(0);
    });

    it('deletes messages that bring no ELB log and says what they were', async () => {
      world = await makeAwsWorld(aws.endpoint);
      await world.send(JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: world.bucket }));
      await world.send(s3Event(world.bucket, { key: 'AWSLogs/123456789012/ELBAccessLogTestFile' }));
      await world.send(s3Event(world.bucket, { key: 'AWSLogs/123456789012/CloudTrail/eu-west-1/x.json.gz' }));
      await world.send(s3Event(world.bucket, { key: albKey({ random: 'gone' }), eventName: 'ObjectRemoved:Delete' }));
      await world.deliver(albKey());
      const { objects, tools } = await open();
      const [object] = await take(objects, 1);
      await object?.settle(done);
      expect(await world.left(world.queueUrl)).toBe(0);
      expect(reasonsOf(tools.notes, 'skipped').sort()).toEqual([
        `s3://${world.bucket}/AWSLogs/123456789012/CloudTrail/eu-west-1/x.json.gz: not an ELB log`,
        `s3://${world.bucket}/AWSLogs/123456789012/ELBAccessLogTestFile: the test file that AWS writes when logging is switched on`,
      ]);
    });

    it('shows a message to others again when an object is to be retried', async () => {
      world = await makeAwsWorld(aws.endpoint);
      await world.deliver(albKey());
      const { objects } = await open();
      const [object] = await take(objects, 1);
      await object?.settle(retry(new Error('not now'), 0));
      const [again] = await take(objects, 1);
      expect(again?.name).toBe(object?.name);
      await again?.settle(done);
      expect(await world.left(world.queueUrl)).toBe(0);
    });

    it('leaves what it cannot understand to the dead-letter queue', async () => {
      world = await makeAwsWorld(aws.endpoint, 2);
      await world.send('{"half":');
      await world.deliver(albKey());
      const { objects, tools } = await open();
      const [object] = await take(objects, 1);
      await object?.settle(done);
      const further = objects.next();
      await expect.poll(() => world.take(world.deadLettersUrl), { timeout: 10_000 }).toEqual(['{"half":']);
      expect(reasonsOf(tools.notes, 'trouble').join('\n')).toMatch(
        /is not a notification of S3: not JSON\. SQS moves it to arn:aws:sqs:.*-dead after 2 receipts/,
      );
      expect(reasonsOf(tools.notes, 'buried')).toEqual([
        expect.stringMatching(/#\S+: not a notification of S3: not JSON; SQS moves it to arn:aws:sqs:.*-dead$/),
      ]);
      closing.push(() => further);
    });

    it('names the objects that it leaves to the dead-letter queue, and only those that failed', async () => {
      world = await makeAwsWorld(aws.endpoint, 2);
      const [fine, broken] = ['fine', 'broken'].map((random) => albKey({ random }));
      await world.send(s3Event(world.bucket, { key: fine ?? '' }, { key: broken ?? '' }));
      const { objects, tools } = await open();
      for (let receipt = 1; receipt <= 2; receipt++) {
        expect(reasonsOf(tools.notes, 'buried')).toEqual([]);
        const [first, second] = await take(objects, 2);
        await second?.settle(retry(new Error('denied'), 0));
        await first?.settle(done);
      }
      expect(reasonsOf(tools.notes, 'buried')).toEqual([
        expect.stringMatching(
          /_broken\.log\.gz: failed, and was received 2 times, after which SQS moves its message to arn:aws:sqs:.*-dead: denied$/,
        ),
      ]);
      const further = objects.next();
      await expect.poll(() => world.take(world.deadLettersUrl), { timeout: 10_000 }).toHaveLength(1);
      closing.push(() => further);
    });

    it('buries what it cannot understand where there is no dead-letter queue', async () => {
      world = await makeAwsWorld(aws.endpoint, 0);
      await world.send('hello');
      await world.deliver(albKey());
      const { objects, tools } = await open();
      await take(objects, 1);
      expect(tools.notes).toContainEqual({
        kind: 'buried',
        name: expect.stringContaining(`${new URL(world.queueUrl).pathname}#`),
        reason: 'not a notification of S3: not JSON',
        sample: 'hello',
      });
      expect(await world.left(world.queueUrl)).toBe(1);
    });

    it('buries a message that fails too often where there is no dead-letter queue', async () => {
      world = await makeAwsWorld(aws.endpoint, 0);
      await world.deliver(albKey());
      const { objects, tools } = await open({ max_receives: 2 });
      for (let receipt = 1; receipt <= 2; receipt++) {
        const [object] = await take(objects, 1);
        expect(reasonsOf(tools.notes, 'buried')).toEqual([]);
        await object?.settle(retry(new Error('denied'), 0));
      }
      expect(reasonsOf(tools.notes, 'buried')).toEqual([
        expect.stringMatching(/failed, and was received 2 times: denied$/),
      ]);
      expect(await world.left(world.queueUrl)).toBe(0);
    });

    it('keeps a message hidden at half-time while an object of it is worked on', async () => {
      world = await makeAwsWorld(aws.endpoint);
      await world.deliver(albKey());
      const clock = handClock();
      const { objects } = await open({ visibility_timeout: '60s' }, sourceTools({ clock }));
      const [object] = await take(objects, 1);
      const before = proxy.count('ChangeMessageVisibility');
      const extended = (): number => proxy.count('ChangeMessageVisibility') - before;
      await clock.advance(29_999);
      expect(extended()).toBe(0);
      await clock.advance(1);
      await expect.poll(extended).toBe(1);
      expect(proxy.seen.at(-1)?.body).toContain('"VisibilityTimeout":60');
      await expect.poll(() => clock.sleeping()).toContain(30_000);
      await object?.settle(done);
      await clock.advance(300_000);
      expect(extended()).toBe(1);
    });

    it('gives back at once what it received and nobody took', async () => {
      world = await makeAwsWorld(aws.endpoint);
      const keys = ['a', 'b', 'c'].map((random) => albKey({ random }));
      for (const key of keys) await world.deliver(key);
      const one = await open({ visibility_timeout: '1h' });
      const [kept] = await take(one.objects, 1);
      one.stop.abort();
      await one.objects.return?.();
      await kept?.settle(retry(new Error('stopped')));
      const two = await open();
      const found = await take(two.objects, 3);
      expect(new Set(found.map(({ name }) => name)).size).toBe(3);
      for (const object of found) await object.settle(done);
      expect(await world.left(world.queueUrl)).toBe(0);
    });

    it('shares a queue between replicas without reading anything twice', async () => {
      world = await makeAwsWorld(aws.endpoint);
      const keys = Array.from({ length: 20 }, (_, number) => albKey({ random: `r${number}` }));
      for (const key of keys) await world.deliver(key);
      const replicas = [await open(), await open()];
      const names: string[] = [];
      await Promise.all(
        replicas.map(async ({ objects }) => {
          while (new Set(names).size < keys.length) {
            const next = await Promise.race([objects.next(), allRead(() => new Set(names).size === keys.length)]);
            if (next === undefined || next.done === true) return;
            names.push(next.value.name);
            await next.value.settle(done);
          }
        }),
      );
      // Two that ask moto at the same instant may both get a message, as with SQS itself.
      const seen = kind === moto ? [...new Set(names)] : names;
      expect(seen.sort()).toEqual(keys.map((key) => `s3://${world.bucket}/${key}`).sort());
      expect(await world.left(world.queueUrl)).toBe(0);
    });

    it('offers no more than its limits allow', async () => {
      world = await makeAwsWorld(aws.endpoint);
      for (const random of ['a', 'b', 'c']) await world.deliver(albKey({ random }), 'x'.repeat(100));
      const { objects } = await open({ max_in_flight: 3, max_in_flight_bytes: 200 });
      const [one] = await take(objects, 2);
      let third: LogObject | undefined;
      const next = take(objects, 1).then(([object]) => {
        third = object;
      });
      await world.left(world.queueUrl);
      expect(third).toBeUndefined();
      await one?.settle(done);
      await next;
      expect(third).toBeDefined();
    });

    describe('when AWS misbehaves', () => {
      const oneMegabyte = gzipSync(Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * 2654435761) >>> 13)), {
        level: 0,
      });
      const key = albKey({ random: 'large' });

      it('goes on after throttling, 500s and resets of every call', async () => {
        world = await makeAwsWorld(aws.endpoint);
        await world.deliver(key, 'content');
        let calls = 0;
        const faults = [
          jsonError(400, 'ThrottlingException'),
          { kind: 'answer', status: 500 },
          { kind: 'reset' },
        ] as const;
        proxy.misbehave(({ operation }) => {
          calls++;
          if (calls % 2 === 0) return undefined;
          return operation === 'GET' && calls % 3 === 0 ? s3Error(503, 'SlowDown') : faults[Math.floor(calls / 2) % 3];
        });
        const { objects } = await open();
        const [object] = await take(objects, 1);
        expect(object && (await contentOf(object))).toBe('content');
        await object?.settle(done);
        proxy.misbehave(() => undefined);
        expect(await world.left(world.queueUrl)).toBe(0);
      });

      it('takes a download up again at the byte where the connection was reset', async () => {
        world = await makeAwsWorld(aws.endpoint);
        await world.deliver(key, oneMegabyte);
        const { objects } = await open();
        const [object] = await take(objects, 1);
        proxy.misbehave(first(2, ({ operation }) => operation === 'GET', { kind: 'reset', afterBytes: 100_000 }));
        const before = proxy.seen.length;
        expect(Buffer.from((object && (await contentOf(object))) ?? '', 'latin1').equals(oneMegabyte)).toBe(true);
        const ranges = proxy.seen.slice(before).map(({ headers }) => headers.range);
        expect(ranges[0]).toBeUndefined();
        expect(ranges.slice(1)).toEqual([expect.stringMatching(/^bytes=\d+-$/), expect.stringMatching(/^bytes=\d+-$/)]);
        expect(proxy.seen.at(-1)?.headers['if-match']).toBeDefined();
      });

      it('takes a download up again when nothing came for the stall timeout', async () => {
        world = await makeAwsWorld(aws.endpoint);
        await world.deliver(key, oneMegabyte);
        const { objects } = await open({ stall_timeout: '300ms' });
        const [object] = await take(objects, 1);
        proxy.misbehave(first(1, ({ operation }) => operation === 'GET', { kind: 'stall', afterBytes: 100_000 }));
        expect(Buffer.from((object && (await contentOf(object))) ?? '', 'latin1').equals(oneMegabyte)).toBe(true);
      });

      it('waits 30 s for a download that stalls, unless told otherwise', async () => {
        world = await makeAwsWorld(aws.endpoint);
        await world.deliver(key, oneMegabyte);
        const clock = handClock();
        const { objects } = await open({}, sourceTools({ clock }));
        const [object] = await take(objects, 1);
        proxy.misbehave(first(1, ({ operation }) => operation === 'GET', { kind: 'stall', afterBytes: 100_000 }));
        const startedMs = clock.now();
        const read = await whilePassing(object === undefined ? Promise.resolve('') : contentOf(object), () =>
          clock.advance(1000),
        );
        expect(Buffer.from(read ?? '', 'latin1').equals(oneMegabyte)).toBe(true);
        expect(clock.now() - startedMs).toBeGreaterThanOrEqual(30_000);
      });

      it('gives a download up that breaks off again and again', async () => {
        world = await makeAwsWorld(aws.endpoint);
        await world.deliver(key, oneMegabyte);
        const { objects } = await open();
        const [object] = await take(objects, 1);
        proxy.misbehave(({ operation }) => (operation === 'GET' ? { kind: 'reset', afterBytes: 0 } : undefined));
        await expect(object && contentOf(object)).rejects.toThrow(
          /cannot be read to its end: .* after 5 broken connections/,
        );
      });

      it('calls an object that was deleted meanwhile unreadable', async () => {
        world = await makeAwsWorld(aws.endpoint);
        await world.deliver(key);
        await world.remove(key);
        const { objects } = await open();
        const [object] = await take(objects, 1);
        const reading = object && contentOf(object);
        await expect(reading).rejects.toThrow(Unreadable);
        await expect(reading).rejects.toThrow(/is gone: deleted since it was notified or listed/);
      });

      it('names the permission that is missing', async () => {
        world = await makeAwsWorld(aws.endpoint);
        await world.deliver(key);
        const { objects } = await open();
        const [object] = await take(objects, 1);
        proxy.misbehave(() => s3Error(403, 'AccessDenied', 'Access Denied'));
        await expect(object && contentOf(object)).rejects.toThrow(
          /^s3:GetObject on s3:\/\/.*large\.log\.gz is denied: allow s3:GetObject in the IAM policy/,
        );
      });

      it('names kms:Decrypt and the key', async () => {
        world = await makeAwsWorld(aws.endpoint);
        await world.deliver(key);
        const { objects } = await open();
        const [object] = await take(objects, 1);
        const message =
          'User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:111122223333:key/0a1b-2c';
        proxy.misbehave(() => s3Error(403, 'AccessDenied', message));
        await expect(object && contentOf(object)).rejects.toThrow(
          /^kms:Decrypt is missing for s3:.*: allow it on the key arn:aws:kms:eu-west-1:111122223333:key\/0a1b-2c/,
        );
      });

      it('reads on when it may not ask for the queue’s attributes, and says so', async () => {
        world = await makeAwsWorld(aws.endpoint);
        await world.deliver(key);
        proxy.misbehave(({ operation }) =>
          operation === 'GetQueueAttributes' ? jsonError(403, 'AccessDeniedException', 'no') : undefined,
        );
        const { objects, tools } = await open();
        expect(await take(objects, 1)).toHaveLength(1);
        expect(reasonsOf(tools.notes, 'trouble')).toEqual([
          expect.stringMatching(/^sqs:GetQueueAttributes on queue .* is denied: allow sqs:GetQueueAttributes/),
        ]);
      });

      it('asks, once, whether the bucket notifies the queue when nothing came for 15 minutes', async () => {
        world = await makeAwsWorld(aws.endpoint);
        const clock = handClock();
        proxy.misbehave(({ operation }) =>
          operation === 'ReceiveMessage' ? { kind: 'answer', status: 200, body: '{}' } : undefined,
        );
        const { objects, stop, tools } = await open({}, sourceTools({ clock }));
        const receivesAgain = async (): Promise<void> => {
          const before = proxy.count('ReceiveMessage');
          await expect.poll(() => proxy.count('ReceiveMessage')).toBeGreaterThan(before + 1);
        };
        const next = objects.next();
        await receivesAgain();
        await clock.advance(15 * 60_000 - 1);
        await receivesAgain();
        expect(reasonsOf(tools.notes, 'trouble')).toEqual([]);
        await clock.advance(1);
        await expect
          .poll(() => reasonsOf(tools.notes, 'trouble'))
          .toEqual([expect.stringMatching(/^no message in .* for 15 minutes: does the bucket notify this queue/)]);
        await clock.advance(60 * 60_000);
        await receivesAgain();
        stop.abort();
        await next;
        expect(reasonsOf(tools.notes, 'trouble')).toHaveLength(1);
      });

      it('ends with what to do when there is no such queue', async () => {
        world = await makeAwsWorld(aws.endpoint);
        const { objects } = await open({ queue_url: `${proxy.endpoint}/123456789012/elsewhere` });
        await expect(objects.next()).rejects.toThrow(
          /^there is no queue http.*elsewhere: check queue_url, its account number/,
        );
      });

      it('ends with what to do when receiving is denied', async () => {
        world = await makeAwsWorld(aws.endpoint);
        proxy.misbehave(() => jsonError(403, 'AccessDeniedException', 'no'));
        const { objects } = await open();
        await expect(objects.next()).rejects.toThrow(
          /^sqs:ReceiveMessage on queue .* is denied: allow sqs:ReceiveMessage/,
        );
      });
    });
  });
}

function allRead(met: () => boolean): Promise<undefined> {
  return expect
    .poll(met, { timeout: 20_000 })
    .toBe(true)
    .then(() => undefined);
}
