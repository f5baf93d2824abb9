/** `node test/support/samples/write-samples.ts`: writes `samples/` anew. Objects whose lines are unchanged are left alone. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sampleObjects } from './hour.ts';

const root = join(import.meta.dirname, '../../../samples');
const objects = sampleObjects();
const wanted = new Set(objects.map(({ name }) => name));

if (existsSync(join(root, 'AWSLogs'))) {
  for (const entry of readdirSync(join(root, 'AWSLogs'), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !wanted.has(relative(root, path).replaceAll('\\', '/'))) rmSync(path);
  }
}
for (const { name, gzipped, lines } of objects) {
  const path = join(root, name);
  const text = Buffer.from(lines.map((line) => `${line.text}\n`).join(''));
  if (existsSync(path)) {
    const present = readFileSync(path);
    if ((gzipped ? gunzipSync(present) : present).equals(text)) continue;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, gzipped ? gzipSync(text, { level: 9 }) : text);
}
