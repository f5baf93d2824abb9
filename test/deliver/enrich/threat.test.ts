import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Enricher } from '../../../src/deliver/enrich/enricher.ts';
import { threat } from '../../../src/deliver/enrich/threat.ts';
import { alertWith, describeEnricher } from '../../contracts/describe-enricher.ts';
import { enricherTools } from '../../support/enricher-tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'threat-'));
afterAll(() => rmSync(folder, { recursive: true }));

function open(lists: Readonly<Record<string, string>>): Promise<Enricher> {
  const named = Object.entries(lists).map(([name, content]) => {
    writeFileSync(join(folder, `${name}.txt`), content);
    return { name, path: `${name}.txt` };
  });
  return threat.open({ lists: named, reload: 0 }, enricherTools({ resolvePath: (path) => join(folder, path) }));
}

describeEnricher('threat', () => open({ tor: '192.0.2.1\n' }), { 'awselb.client_ip': '192.0.2.1' });

describe('the threat lists', () => {
  const lists = {
    tor: '# exits\n192.0.2.1\r\n\n2001:db8::7\n',
    drop: '; Spamhaus DROP\n192.0.2.0/24 ; SBL1\n198.51.100.0/25#x\n',
  };

  it('name each address that is on them', async () => {
    const fields = { 'awselb.client_ip': '192.0.2.1', 'fd.sip': '2001:db8::7', 'awselb.target_ip': '10.0.0.1' };
    expect((await open(lists)).lookup(alertWith(fields))).toEqual({
      'threat.client_ip.lists': ['tor', 'drop'],
      'threat.sip.lists': ['tor'],
      'threat.lists': ['tor', 'drop'],
    });
  });

  it.each(['198.51.100.128', '10.0.0.1'])('say nothing about %s, which is on none', async (address) => {
    expect((await open(lists)).lookup(alertWith({ 'awselb.client_ip': address }))).toBeUndefined();
  });

  it('leave out lines that are no networks, and tell', async () => {
    const enricher = await open({ odd: '192.0.2.1\nexample.com\n300.1.1.1\n' });
    expect(enricher.lookup(alertWith({ 'fd.cip': '192.0.2.1' }))).toMatchObject({ 'threat.lists': ['odd'] });
    expect(enricher.problems()).toEqual([expect.stringMatching(/^2 lines .* line 2: "example.com" is no network/)]);
  });

  it('are a problem when they are missing or something else, not a reason to stop', async () => {
    const enricher = await threat.open(
      { lists: [{ name: 'gone', path: join(folder, 'gone.txt') }], reload: 0 },
      enricherTools(),
    );
    expect(enricher.problems()).toEqual([`${join(folder, 'gone.txt')} cannot be used: there is no such file`]);
    expect(enricher.lookup(alertWith({ 'fd.cip': '192.0.2.1' }))).toBeUndefined();
    expect((await open({ page: '<html>\n' })).problems()).toEqual([
      expect.stringContaining('none of its lines is a network'),
    ]);
  });
});
