import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { compareEngines } from './compare-engines.ts';
import { everyFieldRule, objectsOfFalcoConformance } from './objects.ts';
import { falcoObstacle } from './real-falco.ts';

// Falco shows local times, and it is run in UTC.
process.env['TZ'] = 'UTC';

const falco = process.env['FALCO_BINARY'];
const obstacle = falcoObstacle(falco);
const pack = 'rules/awselb_rules.yaml';

describe.skipIf(obstacle !== undefined)(
  `the embedded engine beside a real Falco${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
  () => {
    it.each([{ name: pack, content: readFileSync(pack, 'utf8') }, everyFieldRule()])(
      'raises the alerts of $name byte for byte',
      { timeout: 120_000 },
      async (rules) => {
        const compared = await compareEngines(objectsOfFalcoConformance, rules, {
          falco: falco ?? '',
          folder: temporaryFolder(),
        });
        expect(compared.differences).toEqual([]);
        expect(compared.alerts).toBeGreaterThan(100);
      },
    );
  },
);
