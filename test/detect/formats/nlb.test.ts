import { describe, expect, it } from 'vitest';
import { nlb } from '../../../src/detect/formats/nlb.ts';
import { bareOrigin, describeFormat, fieldOf, parsed } from '../../contracts/describe-format.ts';

const columns = [
  'tls',
  '2.0',
  '2026-10-05T14:03:07',
  'net/edge/0123456789abcdef',
  'aa11bb22cc33dd44',
  '198.51.100.25:51000',
  '10.9.8.7:443',
  '1500',
  '12',
  '980',
  '2460',
  '48',
  'arn:aws:acm:eu-north-1:210987654321:certificate/0f0f0f0f-1111-2222-3333-555555555555',
  '-',
  'TLS_AES_256_GCM_SHA384',
  'tlsv13',
  'x25519',
  'edge%2dtest.example.com',
  'h2',
  'http/1.1',
  '"h2","http/1.1"',
  '2026-10-05T14:03:05',
];

describeFormat({
  format: nlb,
  columns,
  required: 21,
  always: [0, 1, 2],
  expected: {
    'awselb.request_type': 'tls',
    'awselb.timestamp': '2026-10-05T14:03:07',
    'awselb.name': 'net/edge/0123456789abcdef',
    'awselb.client_ip': '198.51.100.25',
    'awselb.client_port': 51000,
    'awselb.client_net': '198.51.100.25',
    'awselb.target_ip': '10.9.8.7',
    'awselb.target_port': 443,
    'awselb.target_net': '10.9.8.7',
    'awselb.total_time_ms': 1500,
    'awselb.received_bytes': 980,
    'awselb.sent_bytes': 2460,
    'awselb.ssl_cipher': 'TLS_AES_256_GCM_SHA384',
    'awselb.ssl_protocol': 'tlsv13',
    'awselb.domain_name': 'edge-test.example.com',
    'awselb.chosen_cert_arn': 'arn:aws:acm:eu-north-1:210987654321:certificate/0f0f0f0f-1111-2222-3333-555555555555',
    'awselb.tls_handshake_ms': 12,
    'awselb.tls_alert': '48',
    'awselb.tls_keyexchange': 'x25519',
    'awselb.alpn_protocol': 'h2',
    'awselb.log_type': 'nlb',
    'awselb.account_id': '210987654321',
    'awselb.region': 'eu-north-1',
    'awselb.lb_name': 'edge',
    'awselb.lb_type': 'network',
    'awselb.lb_id': '0123456789abcdef',
  },
});

describe('an NLB access line', () => {
  it('has a time without a zone, which is UTC', () => {
    expect(parsed(nlb, columns.join(' ')).timeNs).toBe(1791208987000000000n);
  });

  it('is refused when it is not TLS or of another version', () => {
    expect(nlb.parse(columns.with(0, 'udp').join(' '), bareOrigin, 1)).toMatchObject({
      reason: 'unknown-type',
      detail: 'column 1 is "udp", not tls',
    });
    expect(nlb.parse(columns.with(1, '3.0').join(' '), bareOrigin, 1)).toMatchObject({
      reason: 'unknown-version',
      detail: 'column 2 is "3.0", not version 2 of the log',
    });
  });

  it('takes the list of protocols as one column', () => {
    const longer = `${columns.join(' ')} new`;
    expect(fieldOf(nlb, longer, 'extra')).toBe('new');
  });
});
