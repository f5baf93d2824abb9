import { describe, expect, it } from 'vitest';
import { albLine } from '../support/alb-line.ts';
import { loadPack, Watch } from '../support/pack.ts';

/** The rules that match a line when `own` is loaded after the pack and GeoIP finds `country`. */
function ask(own: string, line: string, country?: string): readonly string[] {
  const watch = new Watch(loadPack({ ruleMatching: 'all' }, own));
  return watch.rules(line, 'own.log', country === undefined ? undefined : () => ({ country }));
}

/** An item that replaces one key of the item of that name in the pack. */
function replaced(kind: 'list' | 'macro' | 'rule', name: string, key: string, value: string): string {
  return `- ${kind}: ${name}\n  ${key}: ${value}\n  override: {${key}: replace}\n`;
}

const always = '(evt.num >= 0)';

describe('what a user may change from a file of his own', () => {
  it('countries to watch', () => {
    const own = replaced('list', 'elb_watched_countries', 'items', '[KP, XK]');
    expect(ask(own, albLine(), 'XK')).toEqual(['Client From Watched Country']);
    expect(ask(own, albLine(), 'DE')).toEqual([]);
    expect(ask(own, albLine())).toEqual([]);
    expect(ask('', albLine(), 'XK')).toEqual([]);
  });

  it('providers to watch', () => {
    const watch = new Watch(loadPack({}, replaced('list', 'elb_watched_providers', 'items', '[64500, 64501]')));
    expect(watch.rules(albLine(), 'own.log', () => ({ asn: 64501 }))).toEqual(['Client From Watched Provider']);
    expect(watch.rules(albLine(), 'own.log', () => ({ asn: 64496 }))).toEqual([]);
    expect(watch.rules(albLine())).toEqual([]);
  });

  it('countries to serve', () => {
    const list = replaced('list', 'elb_allowed_countries', 'items', '[DE, AT]');
    const own = replaced('macro', 'elb_country_policy', 'condition', always) + list;
    expect(ask(own, albLine(), 'BR')).toEqual(['Client Outside Served Countries']);
    expect(ask(own, albLine(), 'AT')).toEqual([]);
    expect(ask(own, albLine())).toEqual([]);
    expect(ask(list, albLine(), 'BR')).toEqual([]);
  });

  it('host names to serve', () => {
    const policy = replaced('macro', 'elb_host_policy', 'condition', always);
    const hosts = (names: string): string => policy + replaced('list', 'elb_own_hosts', 'items', `[${names}]`);
    expect(ask(hosts('www.example'), albLine())).toEqual(['Host Not Served']);
    expect(ask(hosts('www.example, shop.example'), albLine())).toEqual([]);
  });

  it('thresholds', () => {
    const atLimit = replaced('macro', 'elb_oversized_response', 'condition', 'awselb.sent_bytes >= 3400');
    expect(ask(atLimit, albLine())).toEqual(['Oversized Response']);
    expect(ask(atLimit.replace('3400', '3401'), albLine())).toEqual([]);
  });

  it('rules that are off', () => {
    const library = replaced('rule', 'Library User Agent', 'enabled', 'true');
    expect(ask(library, albLine())).toEqual(['Library User Agent']);
    expect(ask(library, albLine({ agent: 'Mozilla/5.0 (X11) curl/8.5.0' }))).toEqual([]);
    const none = replaced('rule', 'No User Agent', 'enabled', 'true');
    expect(ask(none, albLine({ agent: '-' }))).toEqual(['No User Agent']);
    expect(ask(none, albLine())).toEqual([]);
  });

  it.each([
    ['client_networks', '203.0.113.8/29', '203.0.113.0/29'],
    ['hosts_and_paths', '[shop.example, /.git/]', '[www.example, /.git/]'],
    ['user_agents', '[our-checker]', '[their-checker]'],
  ])('exceptions of a rule: %s', (exception, mine, other) => {
    const probe = albLine({ path: '/.git/config', status: 404, client: '203.0.113.9', agent: 'our-checker/1' });
    const except = (value: string): string =>
      `- rule: Secret File Requested\n  exceptions: [{name: ${exception}, values: [${value}]}]\n  override: {exceptions: append}\n`;
    expect(ask('', probe)).toEqual(['Secret File Requested']);
    expect(ask(except(other), probe)).toEqual(['Secret File Requested']);
    expect(ask(except(mine), probe)).toEqual([]);
  });

  it.each([
    ['scanner', []],
    ['availability', ['Secret File Requested']],
  ])('which tags run: without %s', (tag, expected) => {
    const watch = new Watch(loadPack({ selection: [{ action: 'disable', tag }] }));
    expect(watch.rules(albLine({ path: '/.git/config', status: 404 }))).toEqual(expected);
  });
});

describe('the length of a URL', () => {
  const watch = new Watch(loadPack());
  const before = 'https://shop.example:443/'.length;

  it.each([
    [8000, []],
    [8001, ['Oversized URL']],
  ])('of %i bytes', (length, expected) => {
    expect(watch.rules(albLine({ path: `/${'a'.repeat(length - before)}` }))).toEqual(expected);
  });
});
