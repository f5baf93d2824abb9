import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { builtFolder } from '../base/package-root.ts';
import { packRules } from '../detect/rules/packed-rules.ts';
import { type ConfiguredRules, loadRead } from './configured-rules.ts';

/** Beside the code and gone with it: in a folder of everybody's, others could plant rules. Nothing is kept of sources that run as they are. */
const keptFolder = builtFolder && join(builtFolder, 'kept-rules');

/** Of so many sets of files, by their names; another that comes to the same place takes it. */
const places = 64;

/**
 * The rules with what loading them comes to, as an earlier start kept it, or kept for the next start: to load our own rules takes
 * 0.1 s, a third of a start, and each thread would do it. As they were where nothing can be kept: of rules with an error in them.
 */
export async function withPacked(read: ConfiguredRules, folder = keptFolder): Promise<ConfiguredRules> {
  if (folder === undefined) return read;
  const made = madeOf(read);
  const path = join(folder, placeOf(read));
  const before = await readFile(path, 'utf8').catch(() => '');
  const known = before.slice(before.indexOf('\n') + 1 + made.length);
  if (before === wholeOf(made, known)) return { ...read, packed: known };
  const packed = packRules(loadRead(read));
  if (packed === undefined) return read;
  await keep(folder, path, wholeOf(made, packed));
  return { ...read, packed };
}

/** All that it comes of, the program aside, word for word: to load hashes that are worth the name takes a start 5 ms. */
function madeOf({ files, options }: ConfiguredRules): string {
  const outline = {
    options: { ...options, hostname: undefined },
    files: files.map(({ name, content }) => [name, content.length]),
  };
  return `${JSON.stringify(outline)}\n${files.map(({ content }) => content).join('')}\n`;
}

function placeOf({ files, options }: ConfiguredRules): string {
  const named = JSON.stringify([files.map(({ name }) => name), { ...options, hostname: undefined }]);
  return (crc32(named) % places).toString(16).padStart(2, '0');
}

/** With what tells whether it is whole. */
function wholeOf(made: string, packed: string): string {
  return `${crc32(packed)}\n${made}${packed}`;
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
