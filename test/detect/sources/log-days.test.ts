import { describe, expect, it } from 'vitest';
import { daysBetween, endOfLog, logRoot, regionFolders } from '../../../src/detect/sources/log-days.ts';
import { albKey } from '../../support/aws-world.ts';

describe('the root of the logs', () => {
  it.each([
    ['', 'AWSLogs/', [], ''],
    ['team/a', 'team/a/AWSLogs/', [], ''],
    ['team/a/', 'team/a/AWSLogs/', [], ''],
    ['/team//a/', 'team/a/AWSLogs/', [], ''],
    ['AWSLogs', 'AWSLogs/', [], ''],
    ['team/AWSLogs/', 'team/AWSLogs/', [], ''],
    ['AWSLogs/o-1/2/elasticloadbalancing/r/2026/11', 'AWSLogs/', ['o-1', '2', 'elasticloadbalancing', 'r'], '2026/11/'],
    [
      'AWSLogs/123456789012/elasticloadbalancing/eu-west-1/',
      'AWSLogs/',
      ['123456789012', 'elasticloadbalancing', 'eu-west-1'],
      '',
    ],
  ])('below the prefix %j is %j, then %j and the day %j', (prefix, root, below, date) => {
    expect(logRoot(prefix)).toEqual({ root, below, date });
  });
});

describe('the folders of accounts and regions', () => {
  const tree: Readonly<Record<string, readonly string[]>> = {
    'AWSLogs/': ['111111111111/', '222222222222/', 'o-abc/'],
    'AWSLogs/111111111111/elasticloadbalancing/': ['eu-west-1/', 'us-east-1/'],
    'AWSLogs/222222222222/elasticloadbalancing/': [],
    'AWSLogs/o-abc/': ['333333333333/'],
    'AWSLogs/o-abc/333333333333/elasticloadbalancing/': ['us-gov-west-1/'],
  };
  const asked: string[] = [];
  const children = (folder: string): Promise<readonly string[]> => {
    asked.push(folder);
    return Promise.resolve(tree[folder] ?? []);
  };
  const all = [
    'AWSLogs/111111111111/elasticloadbalancing/eu-west-1/',
    'AWSLogs/111111111111/elasticloadbalancing/us-east-1/',
    'AWSLogs/o-abc/333333333333/elasticloadbalancing/us-gov-west-1/',
  ];

  it('are found in every account, of an organisation as well', async () => {
    expect(await regionFolders(logRoot(''), children, {})).toEqual(all);
  });

  it('are those asked for', async () => {
    expect(await regionFolders(logRoot(''), children, { accounts: ['333333333333'] })).toEqual(all.slice(2));
    expect(await regionFolders(logRoot(''), children, { regions: ['us-east-1'] })).toEqual(all.slice(1, 2));
  });

  it.each([
    ['AWSLogs/111111111111', all.slice(0, 2)],
    ['AWSLogs/111111111111/elasticloadbalancing/eu-west-1', all.slice(0, 1)],
    ['AWSLogs/o-abc', all.slice(2)],
    ['AWSLogs/o-abc/333333333333/', all.slice(2)],
    ['AWSLogs/o-abc/333333333333/elasticloadbalancing/us-gov-west-1', all.slice(2)],
  ])('are only looked for below a prefix that goes on: %s', async (prefix, folders) => {
    asked.length = 0;
    expect(await regionFolders(logRoot(prefix), children, {})).toEqual(folders);
    expect(asked).not.toContain('AWSLogs/');
  });
});

describe('days', () => {
  it('go from one to the other, both included, over months and years', () => {
    expect(daysBetween(Date.parse('2025-12-30T23:59:59Z'), Date.parse('2026-01-01T00:00:00Z'))).toEqual([
      '2025/12/30/',
      '2025/12/31/',
      '2026/01/01/',
    ]);
  });

  it('are none when the end is before the beginning', () => {
    expect(daysBetween(Date.parse('2026-01-02'), Date.parse('2026-01-01'))).toEqual([]);
  });
});

describe('the end of a log', () => {
  it.each([
    [albKey({ at: '20261121T0005Z' }), '2026-11-21T00:05:00Z'],
    ['1_elasticloadbalancing_us-east-2_net.lb.1234567890abcdef_201605010000Z_2soosksi.log.gz', '2016-05-01T00:00:00Z'],
    ['1_elasticloadbalancing_us-west-2_lb_20140215T2340Z_172.160.001.192_20sg8hgm.log', '2014-02-15T23:40:00Z'],
  ])('is in the name %s', (key, end) => {
    expect(endOfLog(key)).toBe(Date.parse(end));
  });

  it.each(['renamed.log.gz', 'x_20261121T0005Z_y/renamed.log.gz', ''])('is not in the name %j', (key) => {
    expect(endOfLog(key)).toBeUndefined();
  });
});
