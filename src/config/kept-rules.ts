import { hash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
  const kept = join(folder, sha256(path).slice(0, 2));
  const before = await readFile(kept, 'utf8').catch(() => '');
  const known = before.slice(headLength);
  if (before.startsWith(headOf(file.content, known))) return { ...file, parsed: known };
  const parsed = parsedRules(file);
  if (parsed !== undefined) await keep(folder, kept, headOf(file.content, parsed) + parsed);
  return { ...file, ...present({ parsed }) };
}

/** What it was made of, and whether it is whole. */
function headOf(content: string, parsed: string): string {
  return `${sha256(content)} ${sha256(parsed)}\n`;
}

const headLength = headOf('', '').length;

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}

/** Written beside and put in place at once, for those who start meanwhile. Where nothing can be written, nothing is kept. */
async function keep(folder: string, path: string, text: string): Promise<void> {
  try {
    const whole = join(folder, randomUUID());
    await mkdir(folder, { recursive: true });
    await writeFile(whole, text);
    await rename(whole, path);
  } catch {
    return;
  }
}
