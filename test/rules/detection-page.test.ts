import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { corpusIsHere, orSkipped } from '../support/corpus.ts';
import {
  corpusMeasurements,
  overridableTable,
  ruleTable,
  sampleMeasurements,
  unpadded,
  withSection,
} from '../support/detection-page.ts';
import { loadPack, packText } from '../support/pack.ts';

const written = readFileSync(join(import.meta.dirname, '../../docs/detection.md'), 'utf8');
const page = unpadded(written);
const rewrite = 'run node test/support/write-detection-page.ts';

describe('docs/detection.md', () => {
  it('lists the rules as they are', () => {
    expect(withSection(page, 'rules', unpadded(ruleTable(loadPack().ruleSet?.rules ?? []))), rewrite).toBe(page);
  });

  it('lists what may be overridden', () => {
    const table = overridableTable(packText());
    expect(table.split('\n').length).toBeGreaterThan(15);
    expect(withSection(page, 'overridable', unpadded(table)), rewrite).toBe(page);
  });

  it('reports what the samples measure', () => {
    expect(withSection(page, 'samples', unpadded(sampleMeasurements())), rewrite).toBe(page);
  });

  it.runIf(corpusIsHere)(`reports what real traffic measures${orSkipped}`, () => {
    expect(withSection(page, 'corpus', unpadded(corpusMeasurements())), rewrite).toBe(page);
  });

  const examples = [...written.matchAll(/```yaml\n(- [\s\S]*?)```/g)].map(([, example = '']) => example);

  it('shows rules files that load after the pack', () => {
    expect(examples.length).toBeGreaterThan(4);
    for (const example of examples) {
      const findings = loadPack({}, example).files.flatMap(({ errors, warnings }) => [...errors, ...warnings]);
      expect(findings, example).toEqual([]);
    }
  });
});
