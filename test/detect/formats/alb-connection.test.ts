import { describe, expect, it } from 'vitest';
import { albConnection } from '../../../src/detect/formats/alb-connection.ts';
import { bareOrigin, describeFormat, fieldOf } from '../../contracts/describe-format.ts';

const columns = [
  '2026-10-05T14:03:07.514108Z',
  '198.51.100.26',
  '36280',
  '8443',
  'TLSv1.3',
  'TLS_AES_128_GCM_SHA256',
  '0.0125',
  '"CN=client \\x22seven\\x22,O=Example"',
  'NotBefore=2026-01-01T00:00:00Z;NotAfter=2027-01-01T00:00:00Z',
  'FEDCBA9876543210',
  'Failed:ClientCertExpired',
  'TID_ffeeddccbbaa99887766554433221100',
  'X25519MLKEM768',
  'app/shop-front/9a8b7c6d5e4f3021',
  '203.0.113.77',
];

describeFormat({
  format: albConnection,
  columns,
  required: 12,
  always: [0],
  expected: {
    'awselb.request_type': 'tls',
    'awselb.timestamp': '2026-10-05T14:03:07.514108Z',
    'awselb.name': 'app/shop-front/9a8b7c6d5e4f3021',
    'awselb.client_ip': '198.51.100.26',
    'awselb.client_port': 36280,
    'awselb.client_net': '198.51.100.26',
    'awselb.ssl_cipher': 'TLS_AES_128_GCM_SHA256',
    'awselb.ssl_protocol': 'TLSv1.3',
    'awselb.conn_trace_id': 'TID_ffeeddccbbaa99887766554433221100',
    'awselb.listener_port': 8443,
    'awselb.tls_handshake_ms': 13,
    'awselb.tls_keyexchange': 'X25519MLKEM768',
    'awselb.client_cert_subject': 'CN=client "seven",O=Example',
    'awselb.client_cert_serial': 'FEDCBA9876543210',
    'awselb.client_cert_validity': 'NotBefore=2026-01-01T00:00:00Z;NotAfter=2027-01-01T00:00:00Z',
    'awselb.tls_verify_status': 'Failed:ClientCertExpired',
    'awselb.node_ip': '203.0.113.77',
    'awselb.log_type': 'alb_connection',
    'awselb.lb_name': 'shop-front',
    'awselb.lb_type': 'application',
    'awselb.lb_id': '9a8b7c6d5e4f3021',
  },
});

describe('an ALB connection line', () => {
  it('has an IPv6 client without brackets, all of it address', () => {
    const line = columns.with(1, '2001:db8::443').join(' ');
    expect(albConnection.recognises(line)).toBe(true);
    expect(fieldOf(albConnection, line, 'client_ip')).toBe('2001:db8::443');
    expect(fieldOf(albConnection, line, 'client_port')).toBe(36280);
  });

  it('is tcp when nothing of TLS was logged', () => {
    const plain = columns.map((column, index) => (index >= 4 && index <= 10 ? '-' : column)).join(' ');
    expect(fieldOf(albConnection, plain, 'request_type')).toBe('tcp');
    expect(fieldOf(albConnection, columns.with(4, '-').join(' '), 'request_type')).toBe('tls');
  });

  it('names the balancer after its object while the line has 12 columns', () => {
    const origin = {
      object: 'o',
      facts: { lbType: 'application', lbName: 'n', lbId: 'i', nodeIp: '192.0.2.1' },
    } as const;
    const short = columns.slice(0, 12).join(' ');
    expect(fieldOf(albConnection, short, 'name', origin)).toBe('app/n/i');
    expect(fieldOf(albConnection, short, 'node_ip', origin)).toBe('192.0.2.1');
    expect(fieldOf(albConnection, short, 'name')).toBeUndefined();
  });

  it('is refused when it does not begin with a time', () => {
    expect(albConnection.parse('never 198.51.100.26', bareOrigin, 1)).toMatchObject({ reason: 'no-time' });
  });
});
