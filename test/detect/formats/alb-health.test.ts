import { describe, expect, it } from 'vitest';
import { albHealth } from '../../../src/detect/formats/alb-health.ts';
import { alb } from '../../../src/detect/formats/alb.ts';
import { bareOrigin, describeFormat, fieldOf } from '../../contracts/describe-format.ts';

const columns = [
  'http',
  '2026-10-05T14:03:07.901409Z',
  '1.121500746',
  '10.20.30.41:8080',
  'carts',
  'FAIL',
  '503',
  'ResponseCodeMismatch',
  'app/shop-front/9a8b7c6d5e4f3021',
  '203.0.113.77',
];

describeFormat({
  format: albHealth,
  columns,
  required: 8,
  always: [0, 1],
  expected: {
    'awselb.request_type': 'http',
    'awselb.timestamp': '2026-10-05T14:03:07.901409Z',
    'awselb.name': 'app/shop-front/9a8b7c6d5e4f3021',
    'awselb.target_ip': '10.20.30.41',
    'awselb.target_port': 8080,
    'awselb.target_net': '10.20.30.41',
    'awselb.target_group': 'carts',
    'awselb.health_status': 'FAIL',
    'awselb.health_status_code': 503,
    'awselb.health_reason': 'ResponseCodeMismatch',
    'awselb.health_latency_ms': 1122,
    'awselb.node_ip': '203.0.113.77',
    'awselb.log_type': 'alb_health',
    'awselb.lb_name': 'shop-front',
    'awselb.lb_type': 'application',
    'awselb.lb_id': '9a8b7c6d5e4f3021',
  },
});

describe('an ALB health check line', () => {
  it('is told from an access line of the same type by its third column', () => {
    for (const latency of ['0.019', '3', '-']) {
      const line = columns.with(2, latency).join(' ');
      expect([albHealth.recognises(line), alb.recognises(line)]).toEqual([true, false]);
    }
    const access = columns.with(2, 'app/9/9').join(' ');
    expect([albHealth.recognises(access), alb.recognises(access)]).toEqual([false, true]);
  });

  it('has every type that targets can be checked with', () => {
    for (const type of ['http', 'https', 'h2', 'grpc', 'lambda']) {
      expect(fieldOf(albHealth, columns.with(0, type).join(' '), 'request_type')).toBe(type);
    }
    expect(albHealth.parse(columns.with(0, 'tcp').join(' '), bareOrigin, 1)).toMatchObject({ reason: 'unknown-type' });
  });

  it('has no address where a function is the target, and reads the group of an ARN', () => {
    const lambda = columns
      .with(0, 'lambda')
      .with(3, 'arn:aws:lambda:eu-central-1:210987654321:function:carts')
      .with(4, 'arn:aws:elasticloadbalancing:eu-central-1:210987654321:targetgroup/carts/0011223344556677')
      .join(' ');
    expect(fieldOf(albHealth, lambda, 'target_ip')).toBeUndefined();
    expect(fieldOf(albHealth, lambda, 'target_group')).toBe('carts');
    expect(fieldOf(albHealth, lambda, 'region')).toBe('eu-central-1');
  });
});
