import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PrintedAlerts, PrintScribe } from '../../src/cli/printed-alerts.ts';
import { textLine } from '../../src/cli/text-line.ts';
import { geoip } from '../../src/deliver/enrich/geoip.ts';
import { enriched } from '../../src/deliver/intake.ts';
import { alertLine } from '../../src/deliver/outputs/alert-line.ts';
import { awselbSource } from '../../src/detect/formats/catalogue.ts';
import { BadLine } from '../../src/detect/formats/format.ts';
import { alb } from '../../src/detect/formats/alb.ts';
import type { Match } from '../../src/detect/rules/engine.ts';
import { loadRules } from '../../src/detect/rules/load-rules.ts';
import type { GeoLookup } from '../../src/geoip/geo-lookup.ts';
import { albLine } from '../support/alb-line.ts';
import { enricherTools } from '../support/enricher-tools.ts';

const content = `
- rule: Any
  desc: x
  condition: evt.num > 0
  output: "agent %20awselb.user_agent %awselb.target_ip %awselb.node_ip %evt.num"
  priority: NOTICE
  source: awselb
`;
const { ruleSet } = loadRules([{ name: 'any.yaml', content }], {
  sources: [awselbSource],
  hostname: 'box',
  appendOutput: [{ extraFields: ['awselb.client_ip', ['same.client_ip', '%awselb.client_ip'], 'awselb.line'] }],
});

/** Knows London, a place whose name is no ASCII, and nothing else. */
const geo: GeoLookup = {
  find: (address) =>
    address.startsWith('81.')
      ? { country: 'GB', city: 'London', asn: 20_712, asOrg: 'Andrews & Arnold' }
      : address.startsWith('10.')
        ? { country: 'CH', city: 'Zürich\u202e' }
        : undefined,
  databases: () => [],
  problems: () => [],
  counts: () => ({ asked: 0, missed: 0 }),
  reload: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

const enricher = await geoip.open({}, enricherTools({ geo }));

function matchesOf(client: string, agent: string): readonly Match[] {
  const event = alb.parse(albLine({ client, agent }), { object: 'a.log', facts: {} }, 1);
  if (event instanceof BadLine) throw new Error(event.detail);
  return ruleSet?.engine(alb).matches(event) ?? [];
}

const textOf = (printed: readonly PrintedAlerts[]): string => Buffer.concat(printed.map(({ text }) => text)).toString();

const clients = fc.constantFrom('81.2.69.142', '10.1.1.1', '2001:db8::1', 'nonsense');
/** Byte strings without quotes, and blanks that would end the column. */
const agents = fc
  .array(fc.integer({ min: 0x21, max: 0xff }), { maxLength: 30 })
  .map((codes) => String.fromCharCode(...codes).replaceAll('"', ''));

describe('what scan prints', () => {
  it('is as text what stdout prints of the enriched alerts, byte for byte', () => {
    const scribe = new PrintScribe(textLine(geo));
    fc.assert(
      fc.property(fc.array(fc.tuple(clients, agents), { maxLength: 4 }), (lines) => {
        const expected = lines.flatMap(([client, agent]) =>
          matchesOf(client, agent).map((match) => {
            scribe.write(match);
            return `${alertLine(enriched(match.alert(), [enricher]))}\n`;
          }),
        );
        expect(textOf(scribe.take())).toBe(expected.join(''));
        expect(scribe.take()).toEqual([]);
      }),
    );
  });

  it('shows no places where none are wanted, and counts by rule and hour', () => {
    const scribe = new PrintScribe(textLine(undefined));
    for (const match of matchesOf('81.2.69.142', 'x')) scribe.write(match);
    const printed = scribe.take();
    expect(textOf(printed)).toMatch(/: Notice agent x {19} 10\.0\.0\.5 <NA> \d+\n$/);
    expect(printed[0]?.hours).toEqual([{ hour: '2026-09-15T18:00:00Z', rule: 'Any', alerts: 1 }]);
  });
});
