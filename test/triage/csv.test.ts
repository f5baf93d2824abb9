import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf, rowOf } from '../../src/triage/alert-facts.ts';
import { csvHeader, csvLine } from '../../src/triage/csv.ts';
import { anAlert } from '../support/alerts.ts';

/** The cells of one CSV line, by RFC 4180. */
function cellsOf(line: string): string[] {
  const cells = [...line.trimEnd().matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/g)];
  return cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

describe('a CSV line', () => {
  it('has every cell of the header, and none that a spreadsheet would run', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((end) => `=${end}`),
      fc.constantFrom('+1', '-1', '@x', '\t=1', ' =1', '\r\n=1', '＝1', '|cmd', '%0', 'a,b', '"q"'),
    );
    fc.assert(
      fc.property(text, text, text, (rule, output, agent) => {
        const alert = anAlert(1, { rule, output, fields: { 'awselb.user_agent': agent } });
        const cells = cellsOf(csvLine(rowOf(factsOf(alert), 1, 'new', output.slice(0, 50))));
        expect(cells).toHaveLength(csvHeader.split(',').length);
        for (const cell of cells)
          expect(cell).not.toMatch(/^\s*[=+\-@|%\uff0b\uff0d\uff1d\uff20]|[\u0000-\u0008\u000b\u000c]/);
      }),
    );
  });

  it('leaves numbers numbers', () => {
    const alert = anAlert(1, { enrichment: { 'geoip.client_ip.latitude': -33.9, 'geoip.client_ip.longitude': 18.4 } });
    expect(csvLine(rowOf(factsOf(alert), 1, 'new', undefined))).toContain(',-33.9,18.4,');
  });
});
