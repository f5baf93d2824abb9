import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedDocuments } from '../src/docs.ts';

describe('the generated documents', () => {
  it.each(generatedDocuments().map(({ path, content }) => ({ path, content })))(
    '$path is what the code says; if not, run "npm run docs"',
    ({ path, content }) => {
      expect(readFileSync(join(import.meta.dirname, '..', path), 'utf8')).toBe(content);
    },
  );
});
