import { describe, expect, it } from 'vitest';
import { alb } from '../../../src/detect/formats/alb.ts';
import { eventRecord } from '../../../src/detect/formats/event-record.ts';
import type { LineOrigin } from '../../../src/detect/formats/format.ts';
import { bareOrigin, describeFormat, fieldOf, parsed } from '../../contracts/describe-format.ts';

const columns = [
  'h2',
  '2026-10-05T14:03:07.123456Z',
  'app/shop-front/9a8b7c6d5e4f3021',
  '198.51.100.23:50312',
  '10.20.30.40:8443',
  '0.001',
  '0.0425',
  '1.000',
  '201',
  '502',
  '512',
  '4096',
  '"POST https://shop.example.com:443/cart/%2E%2e/Items?id=7&q=a+b HTTP/2.0"',
  '"Mozilla/5.0 (\\x22quoted\\x22)"',
  'TLS_AES_128_GCM_SHA256',
  'TLSv1.3',
  'arn:aws:elasticloadbalancing:eu-central-1:210987654321:targetgroup/carts/0011223344556677',
  '"Root=1-6ae1f00d-000000000000000000000001"',
  '"shop.example.com"',
  '"arn:aws:acm:eu-central-1:210987654321:certificate/0f0f0f0f-1111-2222-3333-444444444444"',
  '12',
  '2026-10-05T14:03:06.079000Z',
  '"waf,forward"',
  '"https://shop.example.com:443/\\x5Celsewhere"',
  '"LambdaUnhandled"',
  '"10.20.30.40:8443 10.20.30.41:8443"',
  '"502 200"',
  '"Ambiguous"',
  '"SpaceInUri"',
  'TID_00112233445566778899aabbccddeeff',
  '"carts.internal"',
  '"/v2/items"',
  '"TransformSuccess"',
  '203.0.113.77',
];

describeFormat({
  format: alb,
  columns,
  required: 18,
  always: [0, 1],
  expected: {
    'awselb.request_type': 'h2',
    'awselb.timestamp': '2026-10-05T14:03:07.123456Z',
    'awselb.name': 'app/shop-front/9a8b7c6d5e4f3021',
    'awselb.client_ip': '198.51.100.23',
    'awselb.client_port': 50312,
    'awselb.client_net': '198.51.100.23',
    'awselb.target_ip': '10.20.30.40',
    'awselb.target_port': 8443,
    'awselb.target_net': '10.20.30.40',
    'awselb.request_processing_time': '0.001',
    'awselb.target_processing_time': '0.0425',
    'awselb.response_processing_time': '1.000',
    'awselb.request_time_ms': 1,
    'awselb.target_time_ms': 43,
    'awselb.response_time_ms': 1000,
    'awselb.total_time_ms': 1044,
    'awselb.elb_status_code': 201,
    'awselb.target_status_code': 502,
    'awselb.received_bytes': 512,
    'awselb.sent_bytes': 4096,
    'awselb.request_verb': 'POST',
    'awselb.request_url': 'https://shop.example.com:443/cart/%2E%2e/Items?id=7&q=a+b',
    'awselb.request_proto': 'HTTP/2.0',
    'awselb.request_scheme': 'https',
    'awselb.request_host': 'shop.example.com',
    'awselb.request_path': '/cart/%2E%2e/Items',
    'awselb.request_query': 'id=7&q=a+b',
    'awselb.request_uri_decoded': '/cart/../items?id=7&q=a b',
    'awselb.user_agent': 'Mozilla/5.0 ("quoted")',
    'awselb.ssl_cipher': 'TLS_AES_128_GCM_SHA256',
    'awselb.ssl_protocol': 'TLSv1.3',
    'awselb.target_group_arn':
      'arn:aws:elasticloadbalancing:eu-central-1:210987654321:targetgroup/carts/0011223344556677',
    'awselb.target_group': 'carts',
    'awselb.trace_id': 'Root=1-6ae1f00d-000000000000000000000001',
    'awselb.domain_name': 'shop.example.com',
    'awselb.chosen_cert_arn': 'arn:aws:acm:eu-central-1:210987654321:certificate/0f0f0f0f-1111-2222-3333-444444444444',
    'awselb.matched_rule_priority': 12,
    'awselb.request_creation_time': '2026-10-05T14:03:06.079000Z',
    'awselb.actions_executed': 'waf,forward',
    'awselb.redirect_url': 'https://shop.example.com:443/\\elsewhere',
    'awselb.error_reason': 'LambdaUnhandled',
    'awselb.target_port_list': '10.20.30.40:8443 10.20.30.41:8443',
    'awselb.target_status_code_list': '502 200',
    'awselb.classification': 'Ambiguous',
    'awselb.classification_reason': 'SpaceInUri',
    'awselb.conn_trace_id': 'TID_00112233445566778899aabbccddeeff',
    'awselb.transformed_host': 'carts.internal',
    'awselb.transformed_uri': '/v2/items',
    'awselb.request_transform_status': 'TransformSuccess',
    'awselb.node_ip': '203.0.113.77',
    'awselb.log_type': 'alb',
    'awselb.account_id': '210987654321',
    'awselb.region': 'eu-central-1',
    'awselb.lb_name': 'shop-front',
    'awselb.lb_type': 'application',
    'awselb.lb_id': '9a8b7c6d5e4f3021',
  },
});

/** The line with some columns (from 0) replaced. */
function line(changes: Readonly<Record<number, string>>): string {
  return columns.map((column, index) => changes[index] ?? column).join(' ');
}

function read(changes: Readonly<Record<number, string>>, name: string, origin: LineOrigin = bareOrigin): unknown {
  return fieldOf(alb, line(changes), name, origin);
}

describe('an ALB access line', () => {
  it('is accepted in every width that AWS has written', () => {
    for (const width of [18, 20, 25, 27, 29, 30, 33, 34]) {
      expect(eventRecord(parsed(alb, columns.slice(0, width).join(' ')), alb)['awselb.client_port']).toBe(50312);
    }
    const of2026 = `${columns.join(' ')} "-" "-"`;
    expect(fieldOf(alb, of2026, 'extra')).toBe('"-" "-"');
    expect(fieldOf(alb, of2026, 'node_ip')).toBe('203.0.113.77');
  });

  it('is refused when its type is none that ALB writes', () => {
    expect(alb.parse(line({ 0: 'quic' }), bareOrigin, 1)).toMatchObject({
      reason: 'unknown-type',
      detail: 'column 1 is "quic", not http, https, h2, grpcs, ws or wss',
    });
    for (const type of ['http', 'https', 'h2', 'grpcs', 'ws', 'wss'])
      expect(read({ 0: type }, 'request_type')).toBe(type);
  });

  it('names hostile text in a refusal only in printable, bounded form', () => {
    expect(alb.parse(`\x1b[31m\x00é${'x'.repeat(500)} rest`, bareOrigin, 1)).toMatchObject({
      detail: expect.stringMatching(/^column 1 is "\\u001b\[31m\\u0000\\xe9x+…", not/),
    });
  });

  it('reads IPv6 with and without brackets', () => {
    for (const client of ['[2001:db8::1]:443', '2001:db8::1:443']) {
      expect(read({ 3: client }, 'client_ip')).toBe('2001:db8::1');
      expect(read({ 3: client }, 'client_net')).toBe('2001:db8::1');
      expect(read({ 3: client }, 'client_port')).toBe(443);
    }
    expect(read({ 3: '[2001:db8::1]' }, 'client_ip')).toBe('2001:db8::1');
    expect(read({ 3: '[2001:db8::1]' }, 'client_port')).toBeUndefined();
  });

  it('has no value for a port, a status or bytes that are no numbers', () => {
    const odd = { 3: '192.0.2.1:http', 8: 'x', 9: '1e3', 10: '+5', 11: '18446744073709551616' };
    expect(read(odd, 'client_ip')).toBe('192.0.2.1');
    for (const name of ['client_port', 'elb_status_code', 'target_status_code', 'received_bytes', 'sent_bytes']) {
      expect(read(odd, name)).toBeUndefined();
    }
    expect(read({ 8: '000' }, 'elb_status_code')).toBe(0);
  });

  it('keeps byte counts whole up to 64 bits', () => {
    expect(read({ 11: '9007199254740991' }, 'sent_bytes')).toBe(9007199254740991);
    expect(read({ 11: '9007199254740992' }, 'sent_bytes')).toBe(9007199254740992n);
    expect(read({ 11: '18446744073709551615' }, 'sent_bytes')).toBe(18446744073709551615n);
  });

  it('takes -1 as not recorded in times and rule priority, and gives no total without all three times', () => {
    const undispatched = { 5: '-1', 6: '-1', 7: '-1', 20: '-1' };
    for (const name of ['request_processing_time', 'target_time_ms', 'total_time_ms', 'matched_rule_priority']) {
      expect(read(undispatched, name)).toBeUndefined();
    }
    expect(read({ 6: '-1' }, 'request_time_ms')).toBe(1);
    expect(read({ 6: '-1' }, 'total_time_ms')).toBeUndefined();
    expect(read({ 20: '0' }, 'matched_rule_priority')).toBe(0);
  });

  it('rounds milliseconds half up', () => {
    const rounded = { '0.0004': 0, '0.0005': 1, '0.000499999': 0, '0.0015': 2, '12': 12_000, '86400.0005': 86_400_001 };
    for (const [seconds, ms] of Object.entries(rounded))
      expect([seconds, read({ 6: seconds }, 'target_time_ms')]).toEqual([seconds, ms]);
    for (const odd of ['1.', '.5', '1,5', '1e3', '0x1', '99999999999999'])
      expect(read({ 6: odd }, 'target_time_ms')).toBeUndefined();
  });

  it('knows its time to the nanosecond', () => {
    expect(parsed(alb, line({})).timeNs).toBe(1791208987123456000n);
    expect(parsed(alb, line({ 1: '2026-10-05T14:03:07Z' })).timeNs).toBe(1791208987000000000n);
    expect(parsed(alb, line({ 1: '2026-10-05T14:03:07.123456789123Z' })).timeNs).toBe(1791208987123456789n);
    expect(parsed(alb, line({ 1: '2026-10-05T16:03:07+02:00' })).timeNs).toBe(1791208987000000000n);
    for (const odd of [
      '2026-02-29T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-01-01T24:00:00Z',
      '1969-12-31T23:59:59Z',
      'x',
    ]) {
      expect(parsed(alb, line({ 1: odd })).timeNs).toBe(0n);
    }
  });

  it('reads a request that the balancer could not', () => {
    const odd = { 12: '"- http://lb-1.eu-central-1.elb.amazonaws.com:80- -"' };
    expect(read(odd, 'request_verb')).toBeUndefined();
    expect(read(odd, 'request_proto')).toBeUndefined();
    expect(read(odd, 'request_url')).toBe('http://lb-1.eu-central-1.elb.amazonaws.com:80-');
    expect(read(odd, 'request_host')).toBe('lb-1.eu-central-1.elb.amazonaws.com');
    expect(read(odd, 'request_path')).toBeUndefined();
    expect(read(odd, 'request_uri_decoded')).toBeUndefined();
  });

  it('takes account, region, balancer and node from the object name where the line does not tell', () => {
    const origin: LineOrigin = {
      object: 'o',
      facts: { accountId: '1', region: 'r', lbType: 'application', lbName: 'n', lbId: 'i', nodeIp: '192.0.2.9' },
    };
    const silent = { 2: '-', 16: '-', 19: '"-"', 33: '-' };
    expect(read(silent, 'name', origin)).toBe('app/n/i');
    expect(read(silent, 'lb_name', origin)).toBe('n');
    expect(read(silent, 'lb_id', origin)).toBe('i');
    expect(read(silent, 'node_ip', origin)).toBe('192.0.2.9');
    expect(read({}, 'node_ip', origin)).toBe('203.0.113.77');
    expect(read({}, 'lb_name', origin)).toBe('shop-front');
    expect([read({}, 'account_id', origin), read({}, 'region', origin)]).toEqual(['1', 'r']);
    expect([read({ 16: '-' }, 'account_id'), read({ 16: '-' }, 'region')]).toEqual(['210987654321', 'eu-central-1']);
    expect(read(silent, 'account_id')).toBeUndefined();
  });

  it('reads the target group of an abbreviated ARN', () => {
    expect(read({ 16: 'arn:…:targetgroup/carts/0011' }, 'target_group')).toBe('carts');
    expect(read({ 16: 'arn:aws:other' }, 'target_group')).toBeUndefined();
  });

  it('asks GeoIP once for an event, and not at all before a rule does', () => {
    let asked = 0;
    const event = parsed(alb, line({}), {
      object: 'o',
      facts: {},
      geo: () => {
        asked += 1;
        return undefined;
      },
    });
    expect(asked).toBe(0);
    const geo = alb.fields.filter((field) => /client_(country|city|asn|as_org)$/.test(field.name));
    expect(geo.map((field) => field.read(event))).toEqual([undefined, undefined, undefined, undefined]);
    expect(asked).toBe(1);
  });
});
