import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTestObject, isTestObjectLine, objectFacts } from '../../src/aws/object-name.ts';
import { formatNamed } from '../../src/detect/formats/registry.ts';

const folder = 'AWSLogs/210987654321/elasticloadbalancing/eu-central-1/2026/10/05/';
const application = {
  accountId: '210987654321',
  region: 'eu-central-1',
  lbType: 'application',
  lbName: 'shop-front',
  lbId: '9a8b7c6d5e4f3021',
  nodeIp: '203.0.113.77',
} as const;
const albFile =
  '210987654321_elasticloadbalancing_eu-central-1_app.shop-front.9a8b7c6d5e4f3021_20261005T1405Z_203.0.113.77_a1b2c3d4.log.gz';

describe('the name of a log object', () => {
  it('tells an ALB access log, whatever stands before the file', () => {
    const expected = { ...application, logType: 'alb' };
    for (const before of [
      '',
      folder,
      `prefix/of/mine/${folder}`,
      `s3://bucket/${folder}`,
      '/var/log/',
      './',
      'C:\\logs\\',
    ]) {
      expect(objectFacts(before + albFile)).toEqual(expected);
    }
    expect(
      objectFacts(`AWSLogs/o-abc123def4/210987654321/elasticloadbalancing/eu-central-1/2026/10/05/${albFile}`),
    ).toEqual(expected);
    expect(objectFacts(albFile.replace('.log.gz', '.log'))).toEqual(expected);
    expect(objectFacts(albFile.replace('.log.gz', ''))).toEqual(expected);
  });

  it('tells connection and health check logs by their prefix', () => {
    for (const prefix of ['conn_log_', 'conn_log.']) {
      expect(objectFacts(`${folder}${prefix}${albFile}`)).toEqual({ ...application, logType: 'alb_connection' });
    }
    expect(objectFacts(`${folder}health_check_log_${albFile}`)).toEqual({ ...application, logType: 'alb_health' });
  });

  it('tells an NLB log, which names no node, with and without the T of the time', () => {
    for (const end of ['20261005T1405Z', '202610051405Z']) {
      const name = `210987654321_elasticloadbalancing_us-gov-west-1_net.edge.0123456789abcdef_${end}_a1b2c3d4.log.gz`;
      expect(objectFacts(name)).toEqual({
        accountId: '210987654321',
        region: 'us-gov-west-1',
        lbType: 'network',
        lbName: 'edge',
        lbId: '0123456789abcdef',
        logType: 'nlb',
      });
    }
  });

  it('tells a Classic log, even of a balancer called app or net', () => {
    for (const lbName of ['old-shop', 'app', 'net']) {
      const name = `210987654321_elasticloadbalancing_eu-west-1_${lbName}_20261005T1405Z_192.0.2.9_a1b2c3d4.log`;
      expect(objectFacts(name)).toEqual({
        accountId: '210987654321',
        region: 'eu-west-1',
        lbType: 'classic',
        lbName,
        nodeIp: '192.0.2.9',
        logType: 'clb',
      });
    }
  });

  it('takes the padding off addresses and leaves out what is redacted', () => {
    expect(objectFacts(albFile.replace('203.0.113.77', '203.000.113.007')).nodeIp).toBe('203.0.113.7');
    const redacted = objectFacts(albFile.replace('203.0.113.77', 'X.X.X.X').replace('210987654321', 'XXXXXXXXXXXX'));
    expect([redacted.nodeIp, redacted.accountId, redacted.lbName]).toEqual([undefined, undefined, 'shop-front']);
    expect(objectFacts(albFile.replace('203.0.113.77', '2001:db8::7')).nodeIp).toBe('2001:db8::7');
  });

  it('tells account and region by the folders where the file was renamed', () => {
    expect(objectFacts(`${folder}merged.log.gz`)).toEqual({ accountId: '210987654321', region: 'eu-central-1' });
    expect(objectFacts('AWSLogs/210987654321/other/merged.log')).toEqual({ accountId: '210987654321' });
  });

  it('tells nothing where AWS did not give it', () => {
    for (const name of [
      '',
      '-',
      'access.log',
      'logs/app.log.gz',
      'AWSLogs/xy_elasticloadbalancing_eu-west-1_abc.log.gz',
    ]) {
      expect(objectFacts(name)).toEqual({});
    }
  });

  it('names a format that exists, or none, for any name', () => {
    const part = fc.constantFrom(
      'conn_log_',
      '1',
      '_elasticloadbalancing_',
      'eu-1',
      '_app.',
      '_net.',
      'n',
      '.',
      '_20261005T1405Z_',
      '_',
      '/',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 14 }), (parts) => {
        const { logType } = objectFacts(parts.join(''));
        if (logType !== undefined) expect(formatNamed(logType)).toBeDefined();
      }),
    );
    expect(objectFacts('_app.'.repeat(200_000))).toEqual({});
  });
});

describe("AWS's test object", () => {
  it('is known by its name, wherever it stands', () => {
    for (const file of ['ELBAccessLogTestFile', 'ELBConnectionLogTestFile', 'ELBHealthCheckLogTestFile']) {
      for (const before of ['', 'AWSLogs/210987654321/', 's3://b/p/AWSLogs/210987654321/', 'C:\\logs\\']) {
        expect(isTestObject(before + file)).toBe(true);
      }
    }
    for (const name of [albFile, `${albFile}/x`, 'ELBAccessLogTestFile.log', 'MyELBAccessLogTestFile', '']) {
      expect(isTestObject(name)).toBe(false);
    }
  });

  it('is known by its sentence', () => {
    expect(
      isTestObjectLine('Enable AccessLog for ELB: app/shop-front/9a8b7c6d5e4f3021 at 2026-10-05T14:03:07.781Z'),
    ).toBe(true);
    expect(isTestObjectLine('Enable ConnectionLog for ELB')).toBe(true);
    expect(isTestObjectLine('http 2026-10-05T14:03:07.123456Z Enable AccessLog for ELB')).toBe(false);
    expect(isTestObjectLine('')).toBe(false);
  });
});
