import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesGlob, parseMatcher } from '../../../src/deliver/routing/matcher.ts';
import { anAlert } from '../../support/alerts.ts';

const alert = anAlert(1, {
  priority: 'Warning',
  rule: 'ELB path scan',
  fields: {
    'awselb.client_ip': '81.2.69.142',
    'awselb.elb_status_code': 404,
    'awselb.sent_bytes': 9007199254740993n,
    'awselb.request_url': 'https://x/wp-login.php?a=1',
    'awselb.target_ip': null,
    'fd.sip': '2001:db8::7',
    mapped: '::ffff:10.1.2.3',
    flag: true,
    list: ['a', 'b'],
    numeric: '443',
  },
  enrichment: { 'geoip.awselb.client_ip.country': 'GB' },
});

const holds = (text: string): boolean => parseMatcher(text).test(alert);

describe('a matcher holds', () => {
  test.each([
    'priority = warning',
    'priority >= notice',
    'priority >= WARNING',
    'priority < error',
    'priority in warning, Warning',
    'rule = "ELB path scan"',
    'rule glob "ELB *"',
    'rule glob ELB?path*scan',
    'source != syscall',
    'hostname =~ "^v"',
    'hostname exists',
    'tags = web',
    'tags != pci',
    'tags in pci, scan',
    'tags not in pci, other',
    'awselb.client_ip in 10.0.0.0/8, 81.2.69.0/24',
    'awselb.client_ip not in 10.0.0.0/8',
    'fd.sip in 2001:db8::/32',
    'mapped in 10.0.0.0/8',
    'awselb.elb_status_code = 404',
    'awselb.elb_status_code >= 404',
    'awselb.elb_status_code<500',
    'awselb.sent_bytes = 9007199254740993',
    'awselb.sent_bytes > 9007199254740992',
    'awselb.request_url =~ wp-(login|admin)',
    'awselb.request_url !~ "^ftp"',
    'awselb.request_url not glob *.css',
    'geoip.awselb.client_ip.country = GB',
    'flag = true',
    'list = b',
    'numeric > 80',
  ])('%s', (text) => expect(holds(text)).toBe(true));
});

describe('a matcher does not hold', () => {
  test.each([
    'priority > warning',
    'priority = Info',
    'rule = elb path scan',
    'rule glob "ELB"',
    'tags != web',
    'tags not in web',
    'awselb.client_ip in 10.0.0.0/8',
    'awselb.elb_status_code = 40',
    'awselb.elb_status_code = not-a-number',
    'awselb.sent_bytes = 9007199254740992',
    'hostname > 3',
    'list = "[\\"a\\",\\"b\\"]"',
    'toString exists',
    'constructor exists',
  ])('%s', (text) => expect(holds(text)).toBe(false));
});

test('an absent or null field holds for no operator, as in Falco', () => {
  for (const operator of [
    '= x',
    '!= x',
    '=~ .*',
    '!~ x',
    '< 1',
    '>= 0',
    'in x',
    'not in x',
    'glob *',
    'not glob x',
    'exists',
  ])
    for (const field of ['awselb.user_agent', 'awselb.target_ip']) expect(holds(`${field} ${operator}`)).toBe(false);
});

test.each([
  ['priority', 'is not a matcher'],
  ['= warning', 'is not a matcher'],
  ['priority >= high', '"high" is not a priority; write one of Emergency'],
  ['rule =~ "("', 'not a regular expression (RE2 syntax)'],
  ['awselb.elb_status_code > many', '"many" is not a number'],
  ['rule =', 'a value is missing after ='],
  ['hostname exists yes', 'exists takes no value'],
  ['tags in a,,b', 'an item between the commas is empty'],
])('%s is refused: %s', (text, message) => {
  expect(() => parseMatcher(text)).toThrow(message);
});

test('a regular expression that makes others run for ever ends at once', () => {
  const slow = parseMatcher('output =~ "(a+)+$"');
  expect(slow.test(anAlert(1, { output: `${'a'.repeat(5000)}!` }))).toBe(false);
});

test('what a matcher found is told', () => {
  expect(parseMatcher('awselb.sent_bytes > 1').found(alert)).toBe('9007199254740993');
  expect(parseMatcher('awselb.user_agent = x').found(alert)).toBe('(absent)');
  expect(parseMatcher('tags = web').found(alert)).toBe('["scan","web"]');
});

test('a glob matches what the regular expression of the same meaning matches', () => {
  const letters = fc.stringMatching(/^[ab*?]{0,8}$/);
  fc.assert(
    fc.property(fc.stringMatching(/^[ab]{0,10}$/), letters, (text, pattern) => {
      const regex = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
      expect(matchesGlob(text, pattern)).toBe(regex.test(text));
    }),
    { numRuns: 2000 },
  );
});
