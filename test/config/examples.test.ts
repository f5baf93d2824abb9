import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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
});
