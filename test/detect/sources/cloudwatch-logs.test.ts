import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { done, retry } from '../../../src/base/outcome.ts';
import { cloudwatchLogs, cloudwatchLogsConfig } from '../../../src/detect/sources/cloudwatch-logs.ts';
import type { LogObject, Progress } from '../../../src/detect/sources/source.ts';
import { contentOf, describeEndlessSource, progressInMemory } from '../../contracts/describe-source.ts';
import { type EmulatorKind, moto, titleOf, useEmulatorCredentials } from '../../support/aws-emulator.ts';
import { startCloudWatchLogs } from '../../support/cloudwatch-logs-stand-in.ts';
import { type FaultProxy, first, jsonError, startFaultProxy } from '../../support/fault-proxy.ts';
import { type HandClock, handClock } from '../../support/hand-clock.ts';
import { reasonsOf, sourceTools } from '../../support/source-tools.ts';

const standIn: EmulatorKind = { name: 'stand-in', missing: undefined, start: () => startCloudWatchLogs() };

let groups = 0;

const large = (content: string): string => `${content} ${'x'.repeat(600_000)}`;

for (const kind of [standIn, moto]) {
  describe.skipIf(kind.missing !== undefined)(titleOf('cloudwatch-logs', kind), () => {
    let proxy: FaultProxy;
    let client: CloudWatchLogsClient;
    let stopService: () => Promise<void>;
    let clock: HandClock;
    let progress: Progress;
    let group: string;
    let closing: (() => Promise<unknown>)[] = [];

    beforeAll(async () => {
      useEmulatorCredentials();
      const service = await kind.start();
      stopService = () => service.stop();
      proxy = await startFaultProxy(service.endpoint);
      client = new CloudWatchLogsClient({ endpoint: service.endpoint, region: 'eu-west-1' });
    });
    afterAll(async () => {
      client.destroy();
      await proxy.stop();
      await stopService();
    });
    const setUp = async (): Promise<void> => {
      // Both services refuse what is old by their own clock, the machine's.
      clock = handClock(Math.floor(Date.now() / 60_000) * 60_000);
      progress = progressInMemory();
      group = `/elb/test-${++groups}`;
      await client.send(new CreateLogGroupCommand({ logGroupName: group }));
      for (const logStreamName of ['alb/one', 'nlb/two']) {
        await client.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName }));
      }
    };
    afterEach(async () => {
      proxy.misbehave(() => undefined);
      for (const close of closing) await close();
      closing = [];
    });

    /** Events of so many seconds ago. */
    const write = async (logStreamName: string, ...events: (readonly [secondsAgo: number, message: string])[]) => {
      const logEvents = events.map(([secondsAgo, message]) => ({
        timestamp: clock.now() - secondsAgo * 1000,
        message,
      }));
      await client.send(new PutLogEventsCommand({ logGroupName: group, logStreamName, logEvents }));
    };
    const open = async (given: Record<string, unknown> = {}) => {
      const config = cloudwatchLogsConfig.parse({
        log_group: group,
        region: 'eu-west-1',
        endpoint: proxy.endpoint,
        ...given,
      });
      const tools = sourceTools({ clock, progress });
      const source = await cloudwatchLogs.open(config, tools);
      const stop = new AbortController();
      const objects = source.objects(stop.signal)[Symbol.asyncIterator]();
      closing.push(async () => {
        stop.abort();
        await objects.return?.();
        await source.close?.();
      });
      return { source, objects, stop, tools };
    };
    /** The lines of the objects that come until the source sleeps, each settled done; `next` is the request that waits. */
    const drain = async (
      objects: AsyncIterator<LogObject>,
      settle = async (object: LogObject): Promise<void> => object.settle(done),
      waiting?: Promise<IteratorResult<LogObject, unknown>>,
    ) => {
      const lines: string[] = [];
      let next = waiting ?? objects.next();
      for (;;) {
        const asleep = expect.poll(() => clock.sleeping().length, { timeout: 10_000, interval: 5 }).toBeGreaterThan(0);
        const got = await Promise.race([next, asleep.then(() => undefined)]);
        if (got === undefined || got.done === true) return { lines, next };
        lines.push(...(await linesOf(got.value)));
        await settle(got.value);
        next = objects.next();
      }
    };

    // moto answers with all events at once; AWS and the stand-in with at most 1 MB, which makes three objects.
    if (kind === standIn) {
      describeEndlessSource('cloudwatch-logs', async () => {
        await setUp();
        const contents = ['one', 'two', 'three'] as const;
        for (const [index, content] of contents.entries()) await write('alb/one', [30 - index, large(content)]);
        return {
          contents,
          open: async () => (await open()).source,
          add: (content) => write('nlb/two', [0, large(content)]),
          pass: () => clock.advance(10_000),
          read: async (object) => /\t(.*) x+\n$/.exec(await contentOf(object))?.[1] ?? '',
        };
      });
    }

    it('reads the events of all streams, each line with the origin of its event', async () => {
      await setUp();
      await write('alb/one', [30, 'a'], [10, 'c\nd']);
      await write('nlb/two', [20, 'b']);
      const { objects } = await open();
      const { lines } = await drain(objects);
      const escaped = group.replaceAll('/', '\\/');
      // AWS sorts by time over all streams, moto within each.
      expect(lines.toSorted((x, y) => x.slice(-1).localeCompare(y.slice(-1)))).toEqual([
        expect.stringMatching(new RegExp(`^cloudwatch-logs:\\/\\/${escaped}\\/alb\\/one#\\w+\ta$`)),
        expect.stringMatching(new RegExp(`^cloudwatch-logs:\\/\\/${escaped}\\/nlb\\/two#\\w+\tb$`)),
        expect.stringMatching(new RegExp(`^cloudwatch-logs:\\/\\/${escaped}\\/alb\\/one#\\w+\tc$`)),
        expect.stringMatching(new RegExp(`^cloudwatch-logs:\\/\\/${escaped}\\/alb\\/one#\\w+\\.2\td$`)),
      ]);
    });

    it('reads an event once, though it is in several windows, and late ones too', async () => {
      await setUp();
      await write('alb/one', [30, 'first']);
      const { objects } = await open();
      const one = await drain(objects);
      expect(texts(one.lines)).toEqual(['first']);
      await write('nlb/two', [200, 'late'], [1, 'new']);
      await clock.advance(10_000);
      const two = await drain(objects, undefined, one.next);
      expect(texts(two.lines)).toEqual(['late', 'new']);
      await clock.advance(10_000);
      const three = await drain(objects, undefined, two.next);
      expect(three.lines).toEqual([]);
    });

    it('goes on where it was after a restart, and gives what it reads again the origins it had', async () => {
      await setUp();
      await write('alb/one', [1800, 'old'], [60, 'young']);
      const one = await open();
      const before = await drain(one.objects);
      expect(texts(before.lines)).toEqual(['old', 'young']);
      one.stop.abort();
      clock = handClock(clock.now() + 1000);
      const two = await open();
      const after = await drain(two.objects);
      expect(after.lines).toEqual(before.lines.slice(1));
    });

    it('offers again what could not be stored, and only that', async () => {
      await setUp();
      await write('alb/one', [30, 'a']);
      const { objects, tools } = await open();
      const one = await drain(objects, (object) => object.settle(retry(new Error('disk full'))));
      expect(reasonsOf(tools.notes, 'trouble')).toEqual([
        'the alerts of some events could not be stored; they are read again',
      ]);
      await clock.advance(1000);
      const two = await drain(objects, undefined, one.next);
      expect(two.lines).toEqual(one.lines);
      await clock.advance(10_000);
      expect((await drain(objects, undefined, two.next)).lines).toEqual([]);
    });

    it('catches up in pieces from where it was told to begin', async () => {
      await setUp();
      await write('alb/one', [5 * 3600, 'too old'], [3 * 3600 - 60, 'a'], [2 * 3600, 'b'], [60, 'c']);
      const { objects, tools } = await open({ since: '3h' });
      const { lines } = await drain(objects);
      expect(texts(lines)).toEqual(['a', 'b', 'c']);
      const ages = tools.notes.flatMap((note) => (note.kind === 'behind' ? [note.ageMs ?? 0] : []));
      expect(ages.length).toBeGreaterThan(5);
      expect(ages).toEqual(ages.toSorted((a, b) => b - a));
      expect(ages.at(-1)).toBe(0);
    });

    it.skipIf(kind === moto)(
      `reads only the streams it was told${kind === moto ? ' (skipped: moto ignores logStreamNamePrefix)' : ''}`,
      async () => {
        await setUp();
        await write('alb/one', [30, 'a']);
        await write('nlb/two', [30, 'b']);
        const { objects } = await open({ stream_prefix: 'nlb/' });
        expect(texts((await drain(objects)).lines)).toEqual(['b']);
      },
    );

    it('goes on after throttling and 500s', async () => {
      await setUp();
      await write('alb/one', [30, 'a']);
      const { objects } = await open();
      let calls = 0;
      proxy.misbehave(() => {
        calls++;
        if (calls > 3) return undefined;
        return calls === 2 ? { kind: 'answer', status: 500 } : jsonError(400, 'ThrottlingException', 'Rate exceeded');
      });
      expect(texts((await drain(objects)).lines)).toEqual(['a']);
    });

    it('pauses and goes on when AWS fails for longer than the SDK tries', async () => {
      await setUp();
      await write('alb/one', [30, 'a']);
      const { objects, tools } = await open();
      proxy.misbehave(first(5, () => true, { kind: 'answer', status: 500 }));
      const one = await drain(objects);
      expect(one.lines).toEqual([]);
      expect(reasonsOf(tools.notes, 'trouble')).toEqual([
        expect.stringMatching(/^logs:FilterLogEvents on log group .* failed/),
      ]);
      await clock.advance(1000);
      expect(texts((await drain(objects, undefined, one.next)).lines)).toEqual(['a']);
    });

    it('ends with what to do when there is no such log group, or it may not be read', async () => {
      await setUp();
      const missing = await open({ log_group: '/nowhere' });
      await expect(missing.objects.next()).rejects.toThrow(
        /^there is no log group \/nowhere: check its name, account and region/,
      );
      proxy.misbehave(() => jsonError(400, 'AccessDeniedException', 'no'));
      const denied = await open();
      await expect(denied.objects.next()).rejects.toThrow(/^logs:FilterLogEvents on log group .* is denied: allow/);
    });
  });
}

async function linesOf(object: LogObject): Promise<string[]> {
  return (await contentOf(object)).split('\n').slice(0, -1);
}

function texts(lines: readonly string[]): string[] {
  return lines.map((line) => line.slice(line.indexOf('\t') + 1));
}
