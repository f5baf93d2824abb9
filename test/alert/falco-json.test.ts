import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alert, alertId, type FieldValue } from '../../src/alert/alert.ts';
import { decodeAlert, defaultLimits, encodeAlert } from '../../src/alert/falco-json.ts';
import { Refused } from '../../src/alert/refused.ts';
import { stringifyJson } from '../../src/base/json.ts';
import { falcoRequests, sharedExists } from '../support/shared.ts';

const nowMs = Date.parse('2026-11-21T12:00:00.500Z');

const body =
  '{"hostname":"web-1","output":"10:00:00.000000001: Warning Path scanned (ip=192.0.2.7)","output_fields":' +
  '{"awselb.client_ip":"192.0.2.7","awselb.elb_status_code":404,"awselb.target_ip":null,"evt.time":1795216177029160001},' +
  '"priority":"Warning","rule":"Path scanned","source":"awselb","tags":["scan","aws"],"time":"2026-11-20T23:09:37.029160001Z"}';

function decoded(text: string): Alert {
  const alert = decodeAlert(text, nowMs);
  if (alert instanceof Refused) throw new Error(`${alert.path}: ${alert.reason}`);
  return alert;
}

function refusal(value: unknown): Refused {
  const refused = decodeAlert(typeof value === 'string' ? value : stringifyJson(value), nowMs);
  if (!(refused instanceof Refused)) throw new Error('it was taken as an alert');
  return refused;
}

const nested = (levels: number): string =>
  `{"rule":"R","priority":"Debug","output_fields":{"x":${'['.repeat(levels - 2)}1795216177029160001${']'.repeat(levels - 2)}}}`;

describe('Falco’s JSON at the door', () => {
  it('becomes an alert with every digit of its numbers', () => {
    expect(decoded(body)).toEqual({
      id: alertId(body),
      time: '2026-11-20T23:09:37.029160001Z',
      rule: 'Path scanned',
      priority: 'Warning',
      source: 'awselb',
      output: '10:00:00.000000001: Warning Path scanned (ip=192.0.2.7)',
      hostname: 'web-1',
      tags: ['aws', 'scan'],
      fields: {
        'awselb.client_ip': '192.0.2.7',
        'awselb.elb_status_code': 404,
        'awselb.target_ip': null,
        'evt.time': 1795216177029160001n,
      },
      received: body,
    });
  });

  it('takes its id from the event and the rule when the event is known', () => {
    const fields = { 'awselb.event_id': '0123456789abcdef0123456789abcdef' };
    const alert = { rule: 'R', priority: 'Error', output_fields: fields };
    expect(decoded(stringifyJson(alert)).id).toBe(alertId('0123456789abcdef0123456789abcdef', 'R'));
    expect(decoded(stringifyJson({ ...alert, hostname: 'another' })).id).toBe(alertId(fields['awselb.event_id'], 'R'));
  });

  it('fills in what falcosidekick demands and Falco may leave out', () => {
    const alert = decoded('{"rule":"R","priority":"info"}');
    expect(alert).toMatchObject({ priority: 'Informational', source: 'syscall', output: 'R', tags: [], fields: {} });
    expect(alert.time).toBe('2026-11-21T12:00:00.500000000Z');
    expect(alert).not.toHaveProperty('hostname');
  });

  it('takes a missing time from evt.time before the clock', () => {
    const alert = decoded('{"rule":"R","priority":"ERROR","output_fields":{"evt.time":1795216177029160001}}');
    expect(alert.time).toBe('2026-11-20T23:09:37.029160001Z');
  });

  it('reads falcosidekick’s payload, whose uuid it ignores', () => {
    const payload =
      '{"uuid":"d7ab4b3c-9f0e-4a51-9d0b-1a2b3c4d5e6f","output":"x","priority":"Critical","rule":"R","time":"2026-11-20T23:09:37Z","output_fields":{"a":"b"},"source":"k8s_audit","tags":null,"hostname":""}';
    const alert = decoded(payload);
    expect(alert).toMatchObject({ source: 'k8s_audit', fields: { a: 'b' }, tags: [] });
    expect(alert).not.toHaveProperty('hostname');
  });

  it('keeps null, numbers, booleans, arrays and objects of output_fields', () => {
    const fields = {
      a: null,
      b: 0.5,
      c: true,
      d: [1, 'x', null],
      e: { f: [{ g: -9223372036854775808n }] },
      h: 18446744073709551615n,
    };
    expect(decoded(stringifyJson({ rule: 'R', priority: 'Debug', output_fields: fields })).fields).toEqual(fields);
  });

  it.each([
    ['an escaped key', '{"rule":"R","priority":"Debug","output_fields":{"a\\"b":1795216177029160001}}', 'a"b'],
    [
      'a key of the same name elsewhere',
      '{"evt.time":1,"rule":"R","priority":"Debug","output_fields":{"evt.time":1795216177029160001}}',
      'evt.time',
    ],
    [
      'a text that spells the key',
      '{"output":",\\"evt.time\\":5,","rule":"R","priority":"Debug","output_fields":{"x":"{\\"evt.time\\":6}","evt.time":1795216177029160001}}',
      'evt.time',
    ],
    [
      'a repeated key',
      '{"rule":"R","priority":"Debug","output_fields":{"n":12345678901234567890,"n":1795216177029160001}}',
      'n',
    ],
    [
      'blanks around the number',
      '{"rule":"R","priority":"Debug","output_fields": { "n" : 1795216177029160001 } }',
      'n',
    ],
    [
      '__proto__ as a key',
      '{"rule":"R","priority":"Debug","output_fields":{"__proto__":1795216177029160001}}',
      '__proto__',
    ],
  ])('keeps a long integer whole in spite of %s', (_what, text, key) => {
    expect(Object.entries(decoded(text).fields)).toContainEqual([key, 1795216177029160001n]);
  });

  it('is read the same way whatever the fields hold', () => {
    const leaf = fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
      fc
        .bigInt({ min: -(2n ** 63n), max: 2n ** 64n })
        .map((n): bigint | number => (n > 2n ** 53n - 1n || n < 1n - 2n ** 53n ? n : Number(n))),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }).map((n) => (Object.is(n, -0) ? 0 : n)),
      fc.boolean(),
      fc.constant(null),
    );
    const { value } = fc.letrec<{ value: FieldValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value, { noNullPrototype: true }), (fields) => {
        const alert = decodeAlert(stringifyJson({ rule: 'R', priority: 'Debug', output_fields: fields }), nowMs);
        if (alert instanceof Refused) return expect(alert.code).toBe('too_deep');
        expect(alert.fields).toEqual(fields);
        expect(decoded(encodeAlert(alert)).fields).toEqual(fields);
      }),
    );
  });

  it.each([
    ['no JSON', '{"rule":', 'bad_json', ''],
    ['null', 'null', 'bad_json', ''],
    ['an array', '[]', 'bad_json', ''],
    ['an unknown priority', { rule: 'R', priority: 'HIGH' }, 'bad_priority', 'priority'],
    ['no priority', { rule: 'R' }, 'bad_priority', 'priority'],
    ['a priority that is a number', { rule: 'R', priority: 3 }, 'bad_priority', 'priority'],
    ['no rule', { priority: 'Debug' }, 'missing_rule', 'rule'],
    ['an empty rule', { priority: 'Debug', rule: '' }, 'missing_rule', 'rule'],
    ['tags that are a text', { rule: 'R', priority: 'Debug', tags: 'a' }, 'bad_field', 'tags'],
    ['a tag that is a number', { rule: 'R', priority: 'Debug', tags: ['a', 1] }, 'bad_field', 'tags[1]'],
    ['fields that are an array', { rule: 'R', priority: 'Debug', output_fields: [] }, 'bad_field', 'output_fields'],
    ['an output that is an object', { rule: 'R', priority: 'Debug', output: {} }, 'bad_field', 'output'],
    ['a time that is a number', { rule: 'R', priority: 'Debug', time: 5 }, 'bad_time', 'time'],
    ['a day that does not exist', { rule: 'R', priority: 'Debug', time: '2026-02-30T00:00:00Z' }, 'bad_time', 'time'],
    [
      'a number beyond every double',
      `{"rule":"R","priority":"Debug","output_fields":{"n":${'9'.repeat(400)}}}`,
      'bad_field',
      '',
    ],
  ])('refuses %s and says why', (_what, value, code, path) => {
    const refused = refusal(value);
    expect([refused.code, refused.path]).toEqual([code, path]);
    expect(refused.reason).toMatch(/\.$/);
  });

  it('repeats little and nothing dangerous of what it refuses', () => {
    const { reason } = refusal({ rule: 'R', priority: `\u001b[31m\u202e${'x'.repeat(500)}` });
    expect(reason).not.toContain('\u001b');
    expect(reason).not.toContain('\u202e');
    expect(reason.length).toBeLessThan(250);
  });

  it('takes maxBytes bytes and refuses one more', () => {
    const limits = { ...defaultLimits, maxBytes: Buffer.byteLength(body) };
    expect(decodeAlert(body, nowMs, limits)).not.toBeInstanceOf(Refused);
    expect(decodeAlert(body.replace('Path', 'Päth'), nowMs, limits)).toMatchObject({ code: 'too_large' });
    expect(decodeAlert(`${body} `, nowMs, limits)).toMatchObject({ code: 'too_large' });
  });

  it('takes maxDepth levels and refuses one more', () => {
    expect(decodeAlert(nested(defaultLimits.maxDepth), nowMs)).not.toBeInstanceOf(Refused);
    expect(decodeAlert(nested(defaultLimits.maxDepth + 1), nowMs)).toMatchObject({ code: 'too_deep' });
    expect(decodeAlert(nested(200_000), nowMs)).toMatchObject({ code: 'too_deep' });
  });

  it('is written with Falco’s sorted keys, our id and the enrichment', () => {
    const alert: Alert = {
      ...decoded(body),
      enrichment: { 'geoip.client_ip.country': 'SE', 'elb.region': 'eu-north-1' },
    };
    const expected = [
      '{"enrichment":{"elb.region":"eu-north-1","geoip.client_ip.country":"SE"},"hostname":"web-1",',
      `"id":"${alert.id}",`,
      '"output":"10:00:00.000000001: Warning Path scanned (ip=192.0.2.7)","output_fields":',
      '{"awselb.client_ip":"192.0.2.7","awselb.elb_status_code":404,"awselb.target_ip":null,"evt.time":1795216177029160001},',
      '"priority":"Warning","rule":"Path scanned","source":"awselb","tags":["aws","scan"],"time":"2026-11-20T23:09:37.029160001Z",',
    ].join('');
    expect(encodeAlert(alert).slice(0, expected.length)).toBe(expected);
    expect(encodeAlert(alert)).toMatch(/"uuid":"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"}$/);
  });

  const captures = sharedExists('corpus/falco-http')
    ? ['json.txt', 'variants.txt', 'metrics.txt', 'basic-auth.txt']
    : [];
  it.each(captures)('reads every request of a real Falco in %s', (file) => {
    const requests = falcoRequests(file).filter((one) => one.headers['content-type'] === 'application/json');
    expect(requests.length).toBeGreaterThan(0);
    for (const request of requests) {
      const alert = decoded(request.body);
      const { enrichment: _, ...rest } = alert;
      const written = encodeAlert(rest)
        .replace(/"id":"[0-9a-f]{32}",/, '')
        .replace(/,"uuid":"[^"]+"/, '');
      expect(written.replace(',"tags":[]', '')).toBe(
        request.body
          .replace(/"message":"[^"]*",/, '')
          .replace(',"tags":[]', '')
          .replace(':0.0,', ':0,')
          .replace(':0.0}', ':0}')
          .replace(/\.0([,}])/g, '$1'),
      );
    }
  });
});
