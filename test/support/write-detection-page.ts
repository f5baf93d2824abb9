/** `node test/support/write-detection-page.ts`: brings the computed parts of docs/detection.md up to date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { corpusIsHere } from './corpus.ts';
import { corpusMeasurements, overridableTable, ruleTable, sampleMeasurements, withSection } from './detection-page.ts';
import { loadPack, packText } from './pack.ts';

const path = join(import.meta.dirname, '../../docs/detection.md');
let page = readFileSync(path, 'utf8');
page = withSection(page, 'rules', ruleTable(loadPack().ruleSet?.rules ?? []));
page = withSection(page, 'overridable', overridableTable(packText()));
page = withSection(page, 'samples', sampleMeasurements());
if (corpusIsHere) page = withSection(page, 'corpus', corpusMeasurements());
writeFileSync(path, page);
