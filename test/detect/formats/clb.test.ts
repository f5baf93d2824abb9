import { describe, expect, it } from 'vitest';
import { clb } from '../../../src/detect/formats/clb.ts';
import { bareOrigin, describeFormat, fieldOf, parsed } from '../../contracts/describe-format.ts';

const columns = [
  '2014-12-24T18:00:00.000123Z',
  'old-shop',
  '198.51.100.24:40001',
  '10.1.2.3:8080',
  '0.000042',
  '0.000458',
  '0.000999',
  '404',
  '403',
  '17',
  '1086',
  '"GET http://old-shop-1.eu-west-1.elb.amazonaws.com:80/a.php?x=1 HTTP/1.1"',
  '"odd \\"agent\\""',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'TLSv1.2',
];

describeFormat({
  format: clb,
  columns,
  required: 12,
  always: [0],
  expected: {
    'awselb.request_type': 'http',
    'awselb.timestamp': '2014-12-24T18:00:00.000123Z',
    'awselb.name': 'old-shop',
    'awselb.client_ip': '198.51.100.24',
    'awselb.client_port': 40001,
    'awselb.client_net': '198.51.100.24',
    'awselb.target_ip': '10.1.2.3',
    'awselb.target_port': 8080,
    'awselb.target_net': '10.1.2.3',
    'awselb.request_processing_time': '0.000042',
    'awselb.target_processing_time': '0.000458',
    'awselb.response_processing_time': '0.000999',
    'awselb.request_time_ms': 0,
    'awselb.target_time_ms': 0,
    'awselb.response_time_ms': 1,
    'awselb.total_time_ms': 1,
    'awselb.elb_status_code': 404,
    'awselb.target_status_code': 403,
    'awselb.received_bytes': 17,
    'awselb.sent_bytes': 1086,
    'awselb.request_verb': 'GET',
    'awselb.request_url': 'http://old-shop-1.eu-west-1.elb.amazonaws.com:80/a.php?x=1',
    'awselb.request_proto': 'HTTP/1.1',
    'awselb.request_scheme': 'http',
    'awselb.request_host': 'old-shop-1.eu-west-1.elb.amazonaws.com',
    'awselb.request_path': '/a.php',
    'awselb.request_query': 'x=1',
    'awselb.request_uri_decoded': '/a.php?x=1',
    'awselb.user_agent': 'odd "agent"',
    'awselb.ssl_cipher': 'ECDHE-RSA-AES128-GCM-SHA256',
    'awselb.ssl_protocol': 'TLSv1.2',
    'awselb.log_type': 'clb',
    'awselb.lb_name': 'old-shop',
    'awselb.lb_type': 'classic',
  },
});

function line(changes: Readonly<Record<number, string>>, width = columns.length): string {
  return columns
    .slice(0, width)
    .map((column, index) => changes[index] ?? column)
    .join(' ');
}

describe('a Classic access line', () => {
  it('is refused when it does not begin with a time', () => {
    expect(clb.parse('yesterday old-shop 198.51.100.24:40001', bareOrigin, 1)).toMatchObject({
      reason: 'no-time',
      detail: 'column 1 is "yesterday", not a time',
    });
  });

  it('of TCP has bytes and times, and neither status nor request', () => {
    const tcp = line({ 7: '-', 8: '-', 11: '"- - - "', 12: '"-"' });
    expect(fieldOf(clb, tcp, 'request_type')).toBe('tcp');
    for (const name of [
      'elb_status_code',
      'request_verb',
      'request_url',
      'request_proto',
      'request_path',
      'user_agent',
    ]) {
      expect(fieldOf(clb, tcp, name)).toBeUndefined();
    }
    expect(fieldOf(clb, tcp, 'received_bytes')).toBe(17);
    expect(fieldOf(clb, tcp, 'total_time_ms')).toBe(1);
  });

  it('adds the three times up before rounding', () => {
    expect(fieldOf(clb, line({ 4: '0.000400', 5: '0.000400', 6: '0.000400' }), 'total_time_ms')).toBe(1);
    expect(fieldOf(clb, line({ 4: '0.000400', 5: '0.000400', 6: '0.000400' }), 'target_time_ms')).toBe(0);
  });

  it('has 12 columns before 2015', () => {
    const old = line({}, 12);
    expect(fieldOf(clb, old, 'request_path')).toBe('/a.php');
    expect(fieldOf(clb, old, 'user_agent')).toBeUndefined();
  });

  it('is not hidden by a user agent that ends in a backslash', () => {
    expect(fieldOf(clb, line({ 12: '"evil\\"' }), 'user_agent')).toBe('evil\\');
    expect(fieldOf(clb, line({ 12: '"evil\\"' }), 'ssl_protocol')).toBe('TLSv1.2');
    expect(fieldOf(clb, line({ 12: '"two\\\\"' }), 'user_agent')).toBe('two\\\\');
    expect(parsed(clb, line({ 11: '"GET http://h:80/\\"' }))).toBeDefined();
  });

  it('knows the balancer from the line and account, region and node only from the object name', () => {
    const origin = {
      object: 'o',
      facts: {
        accountId: '210987654321',
        region: 'eu-west-1',
        lbType: 'classic',
        lbName: 'other',
        nodeIp: '192.0.2.1',
      },
    } as const;
    const names = ['account_id', 'region', 'node_ip', 'lb_name', 'lb_id'];
    expect(names.map((name) => fieldOf(clb, line({}), name, origin))).toEqual([
      '210987654321',
      'eu-west-1',
      '192.0.2.1',
      'old-shop',
      undefined,
    ]);
  });
});
