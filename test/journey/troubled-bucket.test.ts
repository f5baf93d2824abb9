import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { albLine } from '../support/alb-line.ts';
import { type AwsEmulator, emulatorKinds, titleOf } from '../support/aws-emulator.ts';
import { type AwsWorld, albKey, makeAwsWorld, s3Event } from '../support/aws-world.ts';
import { type FaultProxy, type FaultRule, s3Error, startFaultProxy } from '../support/fault-proxy.ts';
import { type IngestApp, startIngestApp } from '../support/ingest-app.ts';

const good = gzipSync(
  `${Array.from({ length: 4000 }, (_, line) => albLine({ status: 503, path: `/${line}/${line * 7919}` })).join('\n')}\n`,
);
const bomb = gzipSync(Buffer.concat([Buffer.from(`${albLine()}\n`), Buffer.alloc(64 * 2 ** 20, 'x')]), { level: 9 });

const denied = albKey({ account: '999999999999', random: 'denied' });
const keyOf = (random: string): string => albKey({ random });
const goodKeys = ['calm', 'stalled', 'reset', 'throttled', 'failing'].map(keyOf);

/** Each key meets its trouble at its first download; what is denied stays so. */
function troubles(): FaultRule {
  const seen = new Set<string>();
  return ({ path, operation, headers }) => {
    if (operation !== 'GET' || path.includes('list-type=2')) return undefined;
    if (path.includes('999999999999')) return s3Error(403, 'AccessDenied', 'Access Denied');
    const name = /_(\w+)\.log\.gz/.exec(path)?.[1] ?? '';
    if (seen.has(name) || headers.range !== undefined) return undefined;
    seen.add(name);
    switch (name) {
      case 'stalled':
        return { kind: 'stall', afterBytes: 1000 };
      case 'reset':
        return { kind: 'reset', afterBytes: 1000 };
      case 'throttled':
        return s3Error(503, 'SlowDown', 'Please reduce your request rate.');
      case 'failing':
        return { kind: 'answer', status: 500 };
      default:
        return undefined;
    }
  };
}

for (const kind of emulatorKinds) {
  describe.skipIf(kind.missing !== undefined)(titleOf('a bucket full of trouble', kind), () => {
    let aws: AwsEmulator;
    let proxy: FaultProxy;
    let world: AwsWorld;
    let ingest: IngestApp | undefined;

    beforeAll(async () => {
      aws = await kind.start();
      proxy = await startFaultProxy(aws.endpoint);
    });
    afterEach(async () => {
      await ingest?.stop();
      ingest = undefined;
      world.close();
    });
    afterAll(async () => {
      await proxy.stop();
      await aws.stop();
    });

    const fill = async (): Promise<void> => {
      world = await makeAwsWorld(aws.endpoint);
      for (const key of [...goodKeys, denied]) await world.put(key, good);
      await world.put(keyOf('empty'), '');
      await world.put(keyOf('bomb'), bomb);
      const corrupt = Buffer.from(good);
      corrupt.fill(0, corrupt.length - 8);
      await world.put(keyOf('corrupt'), corrupt);
      proxy.misbehave(troubles());
    };
    const nameOf = (key: string): string => `s3://${world.bucket}/${key}`;
    const logged = (...words: string[]): boolean =>
      ingest?.log.some((line) => words.every((word) => line.includes(word))) ?? false;
    const settings = (): string =>
      `endpoint: "${proxy.endpoint}", region: ${world.region}, path_style: true, stall_timeout: 2s`;
    // The corrupt one has a wrong checksum: what came out before it counts.
    const alerted = (): string[] => [...goodKeys, keyOf('corrupt')].map(nameOf).sort();

    it('costs only its own objects, each named with its reason, when a queue tells of them', async () => {
      await fill();
      const keys = [...goodKeys, denied, keyOf('empty'), keyOf('bomb'), keyOf('corrupt'), keyOf('deleted')];
      for (const key of keys) await world.send(s3Event(world.bucket, { key }));
      await world.send('{"half":');
      ingest = await startIngestApp(
        `sources: [{ name: logs, kind: s3-sqs, queue_url: "${world.queueUrl}", visibility_timeout: 1h, ${settings()} }]\n`,
      );
      // What is denied stays for another try, nothing else does.
      await expect.poll(() => world.left(world.queueUrl), { timeout: 60_000, interval: 200 }).toBe(1);
      expect(ingest.alertedObjects()).toEqual(alerted());
      expect(logged(nameOf(denied), 's3:GetObject', 'is denied')).toBe(true);
      expect(logged(nameOf(keyOf('empty')), 'empty: an ELB log has at least one line')).toBe(true);
      expect(logged(nameOf(keyOf('bomb')), 'zip bomb')).toBe(true);
      expect(logged(nameOf(keyOf('corrupt')), 'the gzip file is damaged: the checksum')).toBe(true);
      expect(logged(nameOf(keyOf('deleted')), 'is gone: deleted since')).toBe(true);
      expect(await world.take(world.deadLettersUrl)).toEqual(['{"half":']);
    });

    it('costs only its own objects when the bucket is listed', async () => {
      await fill();
      ingest = await startIngestApp(
        `sources: [{ name: logs, kind: s3-list, bucket: ${world.bucket}, since: 2026-11-20, until: 2026-11-22, ${settings()} }]\n`,
      );
      await ingest.app.ingested;
      expect(ingest.alertedObjects()).toEqual(alerted());
      expect(logged(nameOf(denied), 's3:GetObject', 'is denied')).toBe(true);
      expect(logged(nameOf(keyOf('bomb')), 'zip bomb')).toBe(true);
    });
  });
}
