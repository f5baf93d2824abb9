import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.ts';
import { alertId } from '../../src/alert/alert.ts';
import { Detector, type DetectorOptions, type ObjectReport } from '../../src/detect/detector.ts';
import type { LogEvent, LogFormat } from '../../src/detect/formats/format.ts';
import { LocalJudge } from '../../src/detect/judge.ts';
import type { CompiledRule, Match, RuleEngine, RuleSet } from '../../src/detect/rules/engine.ts';
import { Unreadable } from '../../src/detect/sources/source.ts';
import { albLine } from '../support/alb-line.ts';
import { type ObjectInMemory, objectOf } from '../support/log-objects.ts';

/** One rule, `Server error`: status 500. An engine of the contract, so that these tests are about the detector alone. */
const serverErrors: Pick<RuleSet, 'engine'> = {
  engine<E extends LogEvent>(format: LogFormat<E>): RuleEngine<E> {
    const status = format.fields.find((field) => field.name === 'awselb.elb_status_code');
    return {
      matches: (event) => (status?.read(event) === 500 ? [matchOf(alertOf(event, format.name))] : []),
      evaluate: (event) => (status?.read(event) === 500 ? [alertOf(event, format.name)] : []),
    };
  },
};

function matchOf(alert: Alert): Match {
  return {
    rule: serverError,
    time: () => alert.time,
    fieldKeys: [],
    field: () => null,
    output: () => alert.output,
    writeOutput: () => 0,
    hour: () => alert.time.slice(0, 13),
    alert: () => alert,
    explain: () => [],
  };
}

const serverError: CompiledRule = {
  name: 'Server error',
  desc: 'status 500',
  priority: 'Error',
  source: 'awselb',
  tags: [],
  enabled: true,
  condition: 'awselb.elb_status_code = 500',
  output: '',
  at: { file: 'rules.yaml', line: 1, column: 1, offset: 0 },
};

function alertOf(event: LogEvent, format: string): Alert {
  return {
    id: alertId(event.eventId, 'Server error'),
    time: '2026-09-15T18:00:00.123456000Z',
    rule: 'Server error',
    priority: 'Error',
    source: 'awselb',
    output: `${format} ${event.origin.object}:${event.line}`,
    tags: [],
    fields: {},
  };
}

const good = albLine();
const bad = albLine({ status: 500 });
const classic =
  '2026-09-15T18:00:00.123456Z legacy 203.0.113.7:2817 10.0.0.1:80 0.000073 0.001048 0.000057 500 500 0 29 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.38.0" - -';

async function detect(
  object: ObjectInMemory,
  options: Partial<DetectorOptions> & { signal?: AbortSignal } = {},
): Promise<{ report: ObjectReport; outputs: string[]; batches: number[] }> {
  const outputs: string[] = [];
  const batches: number[] = [];
  const intake = {
    accept: (alerts: readonly Alert[]): Promise<void> => {
      expect(object.settled, 'settled before its alerts were accepted').toEqual([]);
      batches.push(alerts.length);
      outputs.push(...alerts.map((alert) => alert.output));
      return Promise.resolve();
    },
  };
  const judge = new LocalJudge(serverErrors, undefined, options.limits?.maxLineBytes);
  const detector = new Detector({ judge, intake, ...options });
  const report = await detector.read(object, options.signal ?? new AbortController().signal);
  expect(object.settled).toEqual([report.outcome]);
  return { report, outputs, batches };
}

const endless = (lines: number): ObjectInMemory =>
  objectOf('a', ...Array.from({ length: lines }, () => 'junk\n'), `${bad}\n`);

describe('the detector', () => {
  it('numbers the lines of what was added to a file behind those before, and rejects no such part', async () => {
    const { outputs } = await detect({ ...objectOf('a.log', `${good}\n${bad}\n`), linesBefore: 41 });
    expect(outputs).toEqual(['alb a.log:43']);
    for (const linesBefore of [0, 1]) {
      const { report } = await detect({ ...objectOf('a.log', 'junk\n'), linesBefore });
      expect(report).toMatchObject({ outcome: { kind: 'done' }, lines: 1, events: 0 });
      expect(report.badSamples).toMatchObject([{ line: linesBefore + 1 }]);
    }
  });

  it('gives up a file that begins with a hundred lines of junk, and never what was added to a good one', async () => {
    const junk = 'junk\n'.repeat(100);
    const first = await detect({ ...objectOf('a.log', junk), linesBefore: 0 });
    expect(first.report.outcome.kind).toBe('reject');
    const shorter = await detect({ ...objectOf('a.log', 'junk\n'.repeat(99)), linesBefore: 0 });
    expect(shorter.report.outcome.kind).toBe('done');
    const later = await detect({ ...objectOf('a.log', junk, `${bad}\n`), linesBefore: 1 });
    expect(later).toMatchObject({ report: { outcome: { kind: 'done' } }, outputs: ['alb a.log:102'] });
  });

  it('hands in the alerts of an object in order, then settles it', async () => {
    const { report, outputs } = await detect(objectOf('a.log', `${good}\n\n${bad}\n${good}\n`, bad));
    expect(outputs).toEqual(['alb a.log:3', 'alb a.log:5']);
    expect(report).toMatchObject({
      object: 'a.log',
      outcome: { kind: 'done' },
      lines: 5,
      events: 4,
      testObject: false,
    });
    expect(report.alerts).toEqual(new Map([['Server error', 2]]));
    expect(report.bytes).toBe(`${good}\n\n${bad}\n${good}\n${bad}`.length);
  });

  it('gives a line the same alert id whenever it is read', async () => {
    const ids: string[] = [];
    const intake = {
      accept: (alerts: readonly Alert[]): Promise<void> => {
        ids.push(...alerts.map((alert) => alert.id));
        return Promise.resolve();
      },
    };
    await detect(objectOf('a.log', bad), { intake });
    await detect(objectOf('a.log', `${bad}\n${good}\n`), { intake });
    await detect(objectOf('b.log', bad), { intake });
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('reads gzip and lines of several formats in one object, whatever its name promises', async () => {
    const name =
      'AWSLogs/111122223333/elasticloadbalancing/eu-central-1/2026/09/15/111122223333_elasticloadbalancing_eu-central-1_legacy_20260915T1805Z_203.0.113.17_ee3de39e.log';
    const { report, outputs } = await detect(objectOf(name, gzipSync(`${bad}\n${classic}\n${bad}\n`)));
    expect(outputs).toEqual([`alb ${name}:1`, `clb ${name}:2`, `alb ${name}:3`]);
    expect(report.events).toBe(3);
  });

  it('counts bad lines by reason, keeps the first few, and loses nothing else by them', async () => {
    const junk = Array.from({ length: 7 }, (_, index) => `junk \u001b[31m ${index}`).join('\n');
    const { report, outputs } = await detect(
      objectOf('a.log', `${good}\n${junk}\nhttps 2026-09-15T18:00:00.123456Z app/x\n${bad}\n`),
    );
    expect(outputs).toEqual(['alb a.log:10']);
    expect(report.outcome.kind).toBe('done');
    expect(report.bad).toEqual(
      new Map([
        ['unrecognised', 7],
        ['too-few-columns', 1],
      ]),
    );
    expect(report.badSamples).toHaveLength(5);
    expect(report.badSamples[0]).toMatchObject({ line: 2, reason: 'unrecognised', start: 'junk \u001b[31m 0' });
  });

  it('makes one bad line of a line that is too long', async () => {
    const { report, outputs } = await detect(objectOf('a.log', `${bad}\n${good}${'x'.repeat(2000)}\n${bad}\n`), {
      limits: { maxLineBytes: 2000, gunzip: { maxBytes: 1e9, maxRatio: 250 } },
    });
    expect(outputs).toEqual(['alb a.log:1', 'alb a.log:3']);
    expect(report.bad).toEqual(new Map([['too-long', 1]]));
  });

  it.each([
    ['an empty object', [''], /^empty/],
    ['an object of blank lines', ['\n\r\n'], /^empty/],
    [
      'text that is no log',
      ['Dear diary,\n\u001b]0;today\u0007'],
      /none of its first 2 lines looks like one.*"Dear diary,"/,
    ],
    ['a single line that is no log', ['Dear \u001b[31mdiary'], /its only line does not.*"Dear \\x1b\[31mdiary"/],
    ['a ZIP archive', [Buffer.from('504b030414000000', 'hex')], /it is a ZIP archive/],
    ['binary junk', [Buffer.from([1, 2, 0, 3])], /it is binary/],
    ['binary junk in gzip', [gzipSync(Buffer.from([1, 2, 0, 3]))], /it is binary/],
  ])('rejects %s and says what it is', async (_, chunks, message) => {
    const { report } = await detect(objectOf('notes.txt', ...chunks));
    expect(report.outcome).toMatchObject({ kind: 'reject', cause: { message: expect.stringMatching(message) } });
  });

  it('gives up after 100 lines without an event, but not after 99', async () => {
    expect((await detect(endless(99))).report).toMatchObject({ outcome: { kind: 'done' }, events: 1, lines: 100 });
    expect((await detect(endless(100))).report).toMatchObject({ outcome: { kind: 'reject' }, events: 0, lines: 100 });
  });

  it('delivers the alerts before the cut of a truncated file, then rejects it', async () => {
    const whole = gzipSync(`${bad}\n`.repeat(200), { level: 0 });
    const { report, outputs } = await detect(objectOf('a.log.gz', whole.subarray(0, whole.length - 1000)));
    expect(outputs.length).toBeGreaterThan(190);
    expect(report.outcome).toMatchObject({ kind: 'reject', cause: { reason: 'truncated' } });
  });

  it('leaves an object for another attempt when reading it fails, unless it never can be read', async () => {
    const broken = await detect(objectOf('a.log', `${bad}\n`, new Error('connection reset')));
    expect(broken.outputs).toEqual(['alb a.log:1']);
    expect(broken.report.outcome).toMatchObject({ kind: 'retry', cause: { message: 'connection reset' } });
    const gone = await detect(objectOf('a.log', new Unreadable('deleted')));
    expect(gone.report.outcome).toMatchObject({ kind: 'reject', cause: { message: 'deleted' } });
  });

  it('leaves an object for another attempt when the intake refuses an alert', async () => {
    const { report } = await detect(objectOf('a.log', bad), {
      intake: { accept: () => Promise.reject(new Error('disk full')) },
    });
    expect(report.outcome).toMatchObject({ kind: 'retry', cause: { cause: { message: 'disk full' } } });
  });

  it('leaves an object for another attempt when it is stopped half-way', async () => {
    const stop = new AbortController();
    const object = objectOf('a.log', `${bad}\n`, `${bad}\n`, `${bad}\n`);
    const { report } = await detect(object, { signal: stop.signal, progressed: () => stop.abort() });
    expect(report).toMatchObject({ outcome: { kind: 'retry' }, lines: 1 });
  });

  it('skips the object that AWS writes when logging is switched on, by its name or by its sentence', async () => {
    const sentence = 'Enable AccessLog for ELB: app/shop/50dc6c495c0c9188 at 2026-09-15T18:00:00.123Z';
    for (const name of ['AWSLogs/111122223333/ELBAccessLogTestFile', 'renamed.txt']) {
      const { report } = await detect(objectOf(name, sentence));
      expect(report).toMatchObject({ outcome: { kind: 'done' }, testObject: true, events: 0 });
    }
  });

  it('takes lines that name their origin as line 1 of it', async () => {
    const object = {
      ...objectOf('window', `log/1\t${bad}\nlog/2\t${good}\nlog/3\t${bad}\n`),
      linesNameTheirOrigin: true,
    };
    const { outputs } = await detect(object);
    expect(outputs).toEqual(['alb log/1:1', 'alb log/3:1']);
  });

  it('waits for a slow intake before it reads on, and keeps what waits bounded', async () => {
    const waiting: (() => void)[] = [];
    const sizes: number[] = [];
    const intake = {
      accept: (alerts: readonly Alert[]): Promise<void> => {
        sizes.push(alerts.length);
        return new Promise((resolve) => waiting.push(resolve));
      },
    };
    let chunksRead = 0;
    const object: ObjectInMemory = {
      ...objectOf('a.log'),
      open: async function* () {
        for (; chunksRead < 100; chunksRead++) yield Buffer.from(`${bad}\n`.repeat(100));
      },
    };
    const read = detect(object, { intake });
    // Everything that can happen without the intake has happened once the event loop ran idle.
    await new Promise((resolve) => setImmediate(resolve));
    expect(chunksRead).toBeLessThanOrEqual(12);
    expect(sizes).toEqual([100]);
    for (let turn = 0; turn < 30; turn++) {
      waiting.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await read;
    expect(sizes.reduce((sum, size) => sum + size)).toBe(10_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1100);
  });
});
