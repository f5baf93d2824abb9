import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { builtFolder } from '../base/package-root.ts';
import { present } from '../base/present.ts';
import type { RulesFile } from '../detect/rules/engine.ts';
import { parsedRules } from '../detect/rules/load-rules.ts';

/** Beside the code and gone with it: in a folder of everybody's, others could plant rules. Nothing is kept of sources that run as they are. */
const keptFolder = builtFolder && join(builtFolder, 'kept-rules');

/**
 * The file with what its YAML says, which is kept for the next start where it can be: to parse our own rules takes 0.1 s, most
 * of a start. The place goes by the file's path, so that there are never more than 256.
 */
export async function withParsed(file: RulesFile, path: string, folder = keptFolder): Promise<RulesFile> {
  if (folder === undefined) return file;
  const kept = join(folder, (crc32(path) % 256).toString(16).padStart(2, '0'));
  const before = await readFile(kept, 'utf8').catch(() => '');
  const known = before.slice(before.indexOf('\n') + 1 + file.content.length);
  if (before === wholeOf(file.content, known)) return { ...file, parsed: known };
  const parsed = parsedRules(file);
  if (parsed !== undefined) await keep(folder, kept, wholeOf(file.content, parsed));
  return { ...file, ...present({ parsed }) };
}

/** What it was made of, word for word, and whether it is whole: to load hashes that are worth the name takes a start 5 ms. */
function wholeOf(content: string, parsed: string): string {
  return `${crc32(parsed)}\n${content}${parsed}`;
}

/** Written beside and put in place at once, for those who start meanwhile. Where nothing can be written, nothing is kept. */
async function keep(folder: string, path: string, text: string): Promise<void> {
  try {
    const whole = `${path}.${Math.random().toString(36).slice(2)}`;
    await mkdir(folder, { recursive: true });
    await writeFile(whole, text);
    await rename(whole, path);
  } catch {
    return;
  }
}
