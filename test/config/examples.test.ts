import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load-config.ts';
import { readRulesFiles } from '../../src/config/rules-files.ts';

const folder = join(import.meta.dirname, '../../config');
const configs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.yaml') && !name.startsWith('falco/'),
);

describe('the configs that come along', () => {
  it.each(configs)('%s loads without any variable set, and its rules files are there', async (name) => {
    const config = await loadConfig(join(folder, name), '/', {});
    expect(config.sources.length).toBeGreaterThan(0);
    expect(config.outputs.length).toBeGreaterThan(0);
    expect(await readRulesFiles(config.rules.files, '/')).not.toEqual([]);
  });

  it.each([...configs, 'falco/falco.yaml'])(
    '%s has every alert say which line raised it, of which balancer and client',
    (name) => {
      const { append_output: appended } = parse(readFileSync(join(folder, name), 'utf8'));
      expect(appended[0].extra_fields).toEqual(
        expect.arrayContaining(
          ['event_id', 'object', 'line', 'raw', 'name', 'client_ip'].map((field) => `awselb.${field}`),
        ),
      );
    },
  );
});
