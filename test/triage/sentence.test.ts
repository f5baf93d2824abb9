import { expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.ts';
import { factsOf } from '../../src/triage/alert-facts.ts';
import { sentenceOf } from '../../src/triage/sentence.ts';
import { anAlert } from '../support/alerts.ts';

const sentence = (rule: string, output: string, more: Partial<Alert>): string => {
  const alert = anAlert(1, {
    rule,
    output: `2026-11-21T03:00:00.000000000+0000: Notice ${output}`,
    enrichment: {},
    ...more,
  });
  return sentenceOf(alert, factsOf(alert));
};

const client = 'awselb.client_ip';
const request = (status: number, target: number | null, url = 'https://shop.example.com:443/login?next=%2F') => ({
  [client]: '198.18.1.45',
  'awselb.request_verb': 'GET',
  'awselb.request_url': url,
  'awselb.user_agent': 'Mozilla/5.0 (X11; Linux x86_64)',
  'awselb.elb_status_code': status,
  'awselb.target_status_code': target,
});
const shop = { 'elb.lb_name': 'shop-prod' };

it.each<readonly [told: string, rule: string, output: string, more: Partial<Alert>]>([
  [
    '198.18.1.45 from Amsterdam, the Netherlands (AS64500 Example B.V.) asked shop-prod for GET shop.example.com/login?next=%2F, and the target answered 404.',
    'WordPress Probe',
    'WordPress probed (client=198.18.1.45 status=404)',
    {
      fields: request(404, 404),
      enrichment: {
        ...shop,
        'geoip.client_ip.city': 'Amsterdam',
        'geoip.client_ip.country': 'NL',
        'geoip.client_ip.country_name': 'Netherlands',
        'geoip.client_ip.asn': 64_500,
        'geoip.client_ip.as_org': 'Example B.V.',
      },
    },
  ],
  [
    'Shell command in a request: 198.18.1.45 asked shop-prod for GET shop.example.com/x?a=;id; the target answered 200, the balancer 502.',
    'Command Injection',
    'Shell command in a request (client=198.18.1.45)',
    { fields: request(502, 200, 'http://shop.example.com:80/x?a=;id'), enrichment: shop },
  ],
  [
    '198.18.1.45 asked shop-prod for GET shop.example.com/login?next=%2F, and the balancer itself answered 403.',
    'SQL Injection',
    'SQL in a request (client=198.18.1.45)',
    { fields: request(403, null), enrichment: shop },
  ],
  [
    '198.18.1.45 asked shop-prod for GET shop.example.com/login?next=%2F, and no target answered in time (504).',
    'Target Timed Out',
    'Target timed out (client=198.18.1.45)',
    { fields: request(504, null), enrichment: shop },
  ],
  [
    '198.18.1.45 asked shop-prod for GET shop.example.com/login?next=%2F and went away before the answer.',
    'Client Closed Connection',
    'Client closed the connection (client=198.18.1.45)',
    { fields: request(460, null), enrichment: shop },
  ],
  [
    '198.18.1.45, calling itself () { :;}; /bin/id, asked the balancer for GET shop.example.com/login?next=%2F, and the target answered 404.',
    'Shellshock',
    'Shellshock (client=198.18.1.45)',
    { fields: { ...request(404, 404), 'awselb.user_agent': '() { :;}; /bin/id' } },
  ],
  [
    '198.18.1.45 sent shop-prod something that is no readable request, and the balancer itself answered 400.',
    'Malformed Request',
    'Malformed request (client=198.18.1.45)',
    { fields: { ...request(400, null, 'http://shop.example.com:80-'), 'awselb.request_verb': null }, enrichment: shop },
  ],
  [
    '198.18.1.45 connected to shop-prod over TLSv1 (ECDHE-RSA-AES128-SHA).',
    'Weak TLS',
    'Weak TLS (client=198.18.1.45)',
    {
      fields: { [client]: '198.18.1.45', 'awselb.ssl_protocol': 'TLSv1', 'awselb.ssl_cipher': 'ECDHE-RSA-AES128-SHA' },
      enrichment: shop,
    },
  ],
  [
    '198.18.1.45 began a TLS handshake with shop-prod that came to nothing.',
    'TLS Handshake Failed',
    'TLS handshake failed (client=198.18.1.45)',
    { fields: { [client]: '198.18.1.45', 'awselb.ssl_protocol': null }, enrichment: shop },
  ],
  [
    '198.18.1.45 showed shop-prod a client certificate for CN=stock.example that did not hold (client cert expired).',
    'Expired Client Certificate',
    'Expired client certificate (client=198.18.1.45)',
    {
      fields: {
        [client]: '198.18.1.45',
        'awselb.tls_verify_status': 'Failed:ClientCertExpired',
        'awselb.client_cert_subject': 'CN=stock.example',
      },
      enrichment: shop,
    },
  ],
  [
    'Target 10.20.3.12:8080 of group shop-web behind shop-prod failed its health check: response code mismatch, it answered 503 after 16 ms.',
    'Target Unhealthy',
    'Target unhealthy (target=10.20.3.12:8080)',
    {
      fields: {
        'awselb.target_ip': '10.20.3.12',
        'awselb.target_port': 8080,
        'awselb.target_group': 'shop-web',
        'awselb.health_reason': 'ResponseCodeMismatch',
        'awselb.health_status_code': 503,
        'awselb.health_latency_ms': 16,
      },
      enrichment: shop,
    },
  ],
  [
    'A shell was spawned in a container with an attached terminal, on node-7.',
    'Terminal shell in container',
    'A shell was spawned in a container with an attached terminal | evt_type=execve user=root',
    { fields: { 'proc.name': 'bash' }, source: 'syscall', hostname: 'node-7' },
  ],
])('tells: %s', (told, rule, output, more) => {
  expect(sentence(rule, output, more)).toBe(told);
});

it('cuts what an attacker made long, and stays one line of text whatever it is given', () => {
  const told = sentence('X', 'x', { fields: request(404, 404, `https://h:443/${'a'.repeat(9_000)}`) });
  expect(told.length).toBeLessThan(400);
  expect(sentence('No output', '', { fields: {} })).toMatch(/\.$/);
});
