import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { builtFolder } from '../base/package-root.ts';
import { packRules } from '../detect/rules/packed-rules.ts';
import { type ConfiguredRules, loadRead } from './configured-rules.ts';

/** Beside the code and gone with it: in a folder of everybody's, others could plant rules. Nothing is kept of sources that run as they are. */
const keptFolder = builtFolder && join(builtFolder, 'kept-rules');

/** Of so many sets of files, by their names; another that comes to the same place takes it. */
const places = 16;

/**
 * The rules with what loading them comes to, as an earlier start kept it, or kept for the next start: to load our own rules takes
 * 0.1 s, a third of a start, and each thread would do it. As they were where nothing can be kept: of rules with an error in them.
 */
export async function withPacked(read: ConfiguredRules, folder = keptFolder): Promise<ConfiguredRules> {
  if (folder === undefined) return read;
  const made = madeOf(read);
  const path = join(folder, placeOf(read));
  const before = await readFile(path, 'utf8').catch(() => '');
  const [id = ''] = /(?<=^[0-9]+ )[a-z0-9]+(?=\n)/.exec(before.slice(0, maxHead)) ?? [];
  const known = before.slice(before.indexOf('\n') + 1 + made.length);
  if (before === wholeOf(id, made, known)) return { ...read, packed: known, filters: { path, id } };
  const packed = packRules(loadRead(read));
  if (packed === undefined) return read;
  const newId = randomName();
  const isKept = await keep(folder, path, wholeOf(newId, made, packed));
  return { ...read, packed, ...(isKept && { filters: { path, id: newId } }) };
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
  return (crc32(named) % places).toString(16);
}

/** The first line is not longer. */
const maxHead = 40;

/** With what tells whether it is whole, and what the filters of these rules go by. */
function wholeOf(id: string, made: string, packed: string): string {
  return `${crc32(packed)} ${id}\n${made}${packed}`;
}

/** Written beside and put in place at once, for those who start meanwhile. False where nothing can be written. */
async function keep(folder: string, path: string, text: string): Promise<boolean> {
  try {
    const whole = `${path}.${randomName()}`;
    await mkdir(folder, { recursive: true });
    await writeFile(whole, text);
    await rename(whole, path);
    return true;
  } catch {
    return false;
  }
}

function randomName(): string {
  return Math.random().toString(36).slice(2);
}
