import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config/config.ts';
import { generatedDocuments } from '../src/docs.ts';
import { hashPassword } from '../src/base/password.ts';

describe('the generated documents', () => {
  it.each(generatedDocuments().map(({ path, content }) => ({ path, content })))(
    '$path is what the code says; if not, run "npm run docs"',
    ({ path, content }) => {
      expect(readFileSync(join(import.meta.dirname, '..', path), 'utf8')).toBe(content);
    },
  );
});

describe('the configs that documents show', () => {
  const env = { INTAKE_TOKEN: 'a', AUDITOR_PASSWORD: 'b' };
  it.each(['triage.md', 'files.md'])('load: docs/%s', async (name) => {
    const hash = await hashPassword('secret');
    const text = readFileSync(join(import.meta.dirname, '../docs', name), 'utf8');
    const configs = [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, yaml = '']) =>
      yaml.replace('scrypt:16384:8:1:SALT:KEY', hash),
    );
    expect(configs.length).toBeGreaterThan(0);
    for (const yaml of configs) expect(parseConfig(yaml, name, env).file).toBe(name);
  });
});
