import { describe, expect, it } from 'vitest';
import { canonicalAddress, scopeOf } from '../../src/geoip/scope.ts';

describe('the scope of an address', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['2600:1f18::1', 'public'],
    ['2002:808:808::1', 'public'],
    ['10.1.1.1', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'public'],
    ['fd00::1', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['100.64.0.1', 'shared'],
    ['127.0.0.1', 'loopback'],
    ['::1', 'loopback'],
    ['169.254.169.254', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['192.0.2.1', 'documentation'],
    ['198.51.100.7', 'documentation'],
    ['203.0.113.255', 'documentation'],
    ['203.0.114.0', 'public'],
    ['2001:db8::1', 'documentation'],
    ['240.0.0.1', 'reserved'],
    ['0.0.0.0', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['198.18.0.1', 'reserved'],
  ])('of %s is %s', (address, scope) => {
    expect(scopeOf(address)).toBe(scope);
  });

  it.each(['', '127.1', '0177.0.0.1', 'localhost', '1.2.3.4/8', '::1::'])('of %j is none', (text) => {
    expect(scopeOf(text)).toBeUndefined();
    expect(canonicalAddress(text)).toBeUndefined();
  });

  it('has one way to write an address', () => {
    expect(canonicalAddress('2001:0DB8:0:0::0001')).toBe('2001:db8::1');
    expect(canonicalAddress('::ffff:1.2.3.4')).toBe('1.2.3.4');
    expect(canonicalAddress('fe80::1%eth0')).toBe('fe80::1');
  });
});
