import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alert, alertId } from '../../src/alert/alert.ts';
import { decodeBody, decodeRest, leadingAlerts, maxRecords } from '../../src/alert/decode-body.ts';
import { defaultLimits } from '../../src/alert/falco-json.ts';
import { Refused } from '../../src/alert/refused.ts';
import { splitJson } from '../../src/alert/split-json.ts';

const nowMs = Date.parse('2026-11-21T12:00:00Z');
const falco = (n: number): string =>
  `{"hostname":"vm","output":"12:00:00.00000000${n}: Error x","output_fields":{"evt.time":179521617702916000${n},"n":${n}},"priority":"Error","rule":"R ${n}","source":"syscall","tags":["t"],"time":"2026-11-20T23:09:37.02916000${n}Z"}`;

function rulesOf(body: string): readonly string[] {
  return decodeBody(body, nowMs).records.map((record) =>
    record instanceof Refused ? record.code : record === 'skipped' ? record : record.rule,
  );
}

function only(body: string): Alert {
  const [record, ...rest] = decodeBody(body, nowMs).records;
  if (record === undefined || record === 'skipped' || record instanceof Refused || rest.length > 0) {
    throw new Error(`not one alert: ${JSON.stringify(record)}`);
  }
  return record;
}

describe('a request’s body', () => {
  it('is one alert, whose text and id stay those of Falco', () => {
    const { records, batch } = decodeBody(falco(1), nowMs);
    expect(batch).toBe(false);
    expect(records).toMatchObject([{ id: alertId(falco(1)), received: falco(1), rule: 'R 1' }]);
  });

  it.each([
    ['an array', `[${falco(1)},${falco(2)}]`],
    ['an array over several lines', `[\n ${falco(1)} ,\n ${falco(2)}\n]\n`],
    ['NDJSON', `${falco(1)}\n${falco(2)}\n`],
    ['NDJSON with CRLF and blank lines', `\r\n${falco(1)}\r\n\r\n${falco(2)}`],
    ['concatenated JSON', falco(1) + falco(2)],
    ['arrays one after the other', `[${falco(1)}][${falco(2)}]`],
  ])('is %s: each alert with its own text', (_what, body) => {
    const { records, batch } = decodeBody(body, nowMs);
    expect(batch).toBe(true);
    expect(records).toMatchObject([
      { id: alertId(falco(1)), received: falco(1), fields: { 'evt.time': 1795216177029160001n } },
      { id: alertId(falco(2)), received: falco(2), fields: { 'evt.time': 1795216177029160002n } },
    ]);
  });

  it.each([
    ['a line cut off', `${falco(1)}\n{"rule":"R 2"`, ['R 1', 'bad_json']],
    ['junk between lines', `${falco(1)}\nhello\n${falco(2)}`, ['R 1', 'bad_text', 'R 2']],
    [
      'a text line of Falco’s between',
      `${falco(1)}\n12:00:01.000000000: Error y\n${falco(2)}`,
      ['R 1', 'Falco text output', 'R 2'],
    ],
    [
      'elements that are no objects',
      `[${falco(1)},null,1,"a,]b",[${falco(2)}],${falco(2)}]`,
      ['R 1', 'bad_json', 'bad_json', 'bad_json', 'bad_json', 'R 2'],
    ],
    ['an unknown priority', `[${falco(1).replace('Error"', 'Bad"')},${falco(2)}]`, ['bad_priority', 'R 2']],
    ['an array that does not end', `[${falco(1)},${falco(2)}`, ['R 1', 'R 2']],
    [
      'text lines',
      '12:00:01.000000000: Error y\n\n12:00:02.000000000: Error z\n',
      ['Falco text output', 'Falco text output'],
    ],
    ['nothing', ' \n', ['bad_text']],
    ['an empty array', '[]', []],
    ['no JSON', '<html>', ['bad_text']],
  ])('loses nothing else to %s', (_what, body, expected) => {
    expect(rulesOf(body)).toEqual(expected);
  });

  it('never throws and never takes long, whatever it is', () => {
    const noise = fc.array(
      fc.oneof(fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', '\n', ':', falco(1), '{"log":', '{}'), fc.string()),
    );
    fc.assert(fc.property(noise, (parts) => void decodeBody(parts.join(''), nowMs)));
    for (const deep of [
      '['.repeat(300_000),
      '{"a":'.repeat(300_000),
      `{"log":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      '\\"'.repeat(300_000),
    ]) {
      expect(decodeBody(deep, nowMs).records.every((record) => record instanceof Refused)).toBe(true);
    }
  });

  it('has a bound for each alert in a batch', () => {
    const limits = { ...defaultLimits, maxBytes: falco(1).length };
    expect(decodeBody(`${falco(1)}\n${falco(2).replace('vm', 'vms')}`, nowMs, limits).records).toMatchObject([
      { rule: 'R 1' },
      { code: 'too_large' },
    ]);
  });

  it('has the same id with blanks around it', () => {
    expect(decodeBody(` ${falco(1)}\n`, nowMs)).toEqual(decodeBody(falco(1), nowMs));
  });

  it.each(['{}', 'x\n', '{}\n'])('is taken with %j maxRecords times and refused as a whole with one more', (record) => {
    expect(decodeBody(record.repeat(maxRecords), nowMs).records).toHaveLength(maxRecords);
    expect(decodeBody(record.repeat(maxRecords + 1), nowMs).records).toMatchObject([{ code: 'too_large' }]);
  });

  it('has a bound for each line of text', () => {
    const line = '12:00:01.000000000: Error y';
    const limits = { ...defaultLimits, maxBytes: line.length };
    expect(decodeBody(`${line}\n${line}z`, nowMs, limits).records).toMatchObject([
      { output: line },
      { code: 'too_large' },
    ]);
  });

  it('is cut where its values end', () => {
    const value = fc
      .dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { maxKeys: 4 })
      .map((each) => JSON.stringify(each));
    const between = fc.constantFrom('', '\n', ' ', '\r\n\t');
    fc.assert(
      fc.property(fc.array(value), between, fc.boolean(), (values, gap, listed) => {
        const body = listed ? `[${values.join(`,${gap}`)}]` : values.join(gap);
        expect([...splitJson(body)]).toEqual(values.map((text) => ({ text, listed })));
      }),
    );
  });
});

const ecs = {
  container_id: '0a1b',
  container_name: '/ecs-falco-1-falco-abc',
  ecs_cluster: 'prod',
  ecs_task_arn: 'arn:aws:ecs:eu-west-1:123456789012:task/prod/0a1b',
  ecs_task_definition: 'falco:1',
};

const part = (ordinal: number, log: string, last: boolean): string =>
  JSON.stringify({
    log,
    ...ecs,
    partial_message: 'true',
    partial_id: 'p1',
    partial_ordinal: String(ordinal),
    partial_last: String(last),
  });

const cri = (logtag: string, log: string, more: object = {}): string =>
  JSON.stringify({ time: `12:00:0${log.length % 10}`, stream: 'stdout', logtag, log, ...ecs, ...more });

describe('a record of Fluent Bit or FireLens', () => {
  it('holds Falco’s JSON in log, the metadata becomes enrichment', () => {
    const alert = only(JSON.stringify({ date: 1795216177.03, source: 'stdout', log: falco(1), ...ecs }));
    expect(alert).toMatchObject({ id: alertId(falco(1)), received: falco(1), source: 'syscall' });
    expect(alert.enrichment).toEqual({
      'fluent.source': 'stdout',
      ...Object.fromEntries(Object.entries(ecs).map(([key, value]) => [`fluent.${key}`, value])),
    });
  });

  describe('of containerd', () => {
    const [start, middle, end] = [falco(1).slice(0, 40), falco(1).slice(40, 80), falco(1).slice(80)];

    it('holds a whole line', () => {
      const alert = only(cri('F', falco(1)));
      expect(alert).toMatchObject({ received: falco(1), enrichment: { 'fluent.ecs_cluster': 'prod' } });
      expect(alert.enrichment).not.toHaveProperty('fluent.logtag');
    });

    it('is joined with the parts before it, whatever other containers and streams say in between', () => {
      const other = { ecs_task_arn: 'arn:aws:ecs:eu-west-1:123456789012:task/prod/ffff' };
      const lines = [
        cri('P', start),
        cri('P:tag', falco(2).slice(0, 50), other),
        cri('F', 'hello', { stream: 'stderr' }),
        cri('P', middle),
        cri('F', falco(2).slice(50), other),
        cri('F', end),
        cri('F', falco(3)),
      ];
      expect(rulesOf(lines.join('\n'))).toEqual(['skipped', 'R 2', 'R 1', 'R 3']);
      expect(rulesOf(`[${lines.join(',')}]`)).toEqual(['skipped', 'R 2', 'R 1', 'R 3']);
    });

    it('is refused, with what to do, when its last part does not come', () => {
      const { records } = decodeBody([cri('P', start), cri('P', middle)].join('\n'), nowMs);
      expect(records).toMatchObject([{ code: 'incomplete', path: 'logtag' }]);
      expect(rulesOf(cri('P', start))).toEqual(['incomplete']);
    });
  });

  it('holds a text line', () => {
    expect(only(JSON.stringify({ log: '12:00:01.000000000: Error y\n', ...ecs }))).toMatchObject({
      priority: 'Error',
      output: '12:00:01.000000000: Error y',
      enrichment: { 'fluent.ecs_cluster': 'prod' },
    });
  });

  it('flattens Kubernetes’ metadata', () => {
    const kubernetes = { pod_name: 'falco-x', labels: { 'app.kubernetes.io/name': 'falco' }, ids: [1] };
    expect(only(JSON.stringify({ stream: 'stdout', time: 'x', log: falco(1), kubernetes })).enrichment).toEqual({
      'fluent.time': 'x',
      'fluent.kubernetes.pod_name': 'falco-x',
      'fluent.kubernetes.labels.app.kubernetes.io/name': 'falco',
      'fluent.kubernetes.ids': [1],
    });
  });

  it('may have the alert’s keys beside the metadata', () => {
    const body = `{"container_id":"0a1b","ecs_cluster":"prod","source":"stdout",${falco(1).slice(1).replace('"source":"syscall",', '')}`;
    expect(only(body)).toMatchObject({
      rule: 'R 1',
      source: 'syscall',
      fields: { 'evt.time': 1795216177029160001n },
      enrichment: { 'fluent.container_id': '0a1b', 'fluent.ecs_cluster': 'prod' },
      received: body,
    });
  });

  it('may have the alert as an object in log', () => {
    expect(only(`{"log":${falco(1)},"ecs_cluster":"prod"}`)).toMatchObject({
      rule: 'R 1',
      fields: { 'evt.time': 1795216177029160001n },
      enrichment: { 'fluent.ecs_cluster': 'prod' },
    });
  });

  it.each([
    ['Falco’s words at start', 'Falco version: 0.44.1 (x86_64)'],
    ['another program’s JSON', '{"level":"info","msg":"hello"}'],
    ['an empty line', ''],
  ])('is skipped when it holds %s', (_what, log) => {
    expect(decodeBody(JSON.stringify([{ log, ...ecs }]), nowMs).records).toEqual(['skipped']);
  });

  it('is refused, not skipped, when it holds half an alert', () => {
    expect(
      rulesOf(JSON.stringify([{ log: falco(1).slice(0, 50) }, { log: falco(1).replace('Error"', 'Bad"') }])),
    ).toEqual(['bad_json', 'bad_priority']);
  });

  it('is joined with the other parts of its line, whatever their order', () => {
    const text = falco(1);
    const parts = [
      part(3, text.slice(60), true),
      part(1, text.slice(0, 20), false),
      part(2, text.slice(20, 60), false),
    ];
    const { records } = decodeBody(`[${[parts[1], falco(2), parts[2], parts[0]].join(',')}]`, nowMs);
    expect(records).toMatchObject([
      { rule: 'R 2' },
      { rule: 'R 1', received: text, enrichment: { 'fluent.ecs_cluster': 'prod' } },
    ]);
    expect(rulesOf(`[${parts.join(',')}]`)).toEqual(['R 1']);
  });

  it('waits for the other parts of its line when one is missing, and holds up nothing else', () => {
    const text = falco(1);
    const [first, last] = [part(1, text.slice(0, 20), false), part(3, text.slice(60), true)];
    const { records, parts, batch } = decodeBody(`[${first},${falco(2)},${last}]`, nowMs);
    expect(records).toMatchObject([{ rule: 'R 2' }]);
    expect(parts.map(({ text }) => text)).toEqual([first, last]);
    expect(batch).toBe(true);
    expect(decodeBody(first, nowMs)).toMatchObject({ records: [], parts: [{ text: first }], batch: true });
  });
});

describe('the leading alerts of a batch', () => {
  const line = fc.oneof(
    { weight: 12, arbitrary: fc.nat(9).map(falco) },
    { weight: 2, arbitrary: fc.constantFrom('', ' \r', `${falco(1)}\r`, ` ${falco(2)} `) },
    fc.constantFrom(
      '{"rule":"R"}',
      '{"log":"hello"}',
      `{"log":${JSON.stringify(falco(3))},"container_id":"c"}`,
      'junk',
      '{',
      '}',
      `[${falco(4)}]`,
      `${falco(5)}${falco(6)}`,
      '{"log":"12:","partial_message":"true","partial_id":"p","partial_ordinal":"1","partial_last":"false"}',
      '{"log":"{","logtag":"P","container_id":"c"}',
      '{"log":"}","logtag":"F","container_id":"c"}',
    ),
  );

  it('and the rest are the same records as the whole, in order, a few at a time', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 2, maxLength: 40 }), fc.integer({ min: 1, max: 7 }), (lines, atOnce) => {
        const text = lines.join('\n').trim();
        let from = 0;
        const found: unknown[] = [];
        const bytes = Buffer.from(text);
        for (const { alerts, end } of leadingAlerts(bytes, nowMs, defaultLimits, atOnce)) {
          expect(alerts.length).toBeLessThanOrEqual(atOnce);
          found.push(...alerts);
          from = end;
        }
        const whole = decodeBody(text, nowMs);
        const rest = from === 0 ? whole : decodeRest(bytes.toString('utf8', from), nowMs, defaultLimits);
        expect([...found, ...rest.records]).toEqual(whole.records);
        expect([rest.batch, rest.parts]).toEqual([whole.batch, whole.parts]);
      }),
      { numRuns: 300 },
    );
  });

  it('are none of one alert alone, and of more lines than a body may have', () => {
    expect([...leadingAlerts(Buffer.from(falco(1)), nowMs)]).toEqual([]);
    expect([...leadingAlerts(Buffer.from(`${falco(1)}\n`.repeat(maxRecords)), nowMs)]).toEqual([]);
    expect([...leadingAlerts(Buffer.from(`${falco(1)}\n${falco(2)}`), nowMs)]).toHaveLength(1);
  });
});
