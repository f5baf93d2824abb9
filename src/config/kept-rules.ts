import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { builtFolder } from '../base/package-root.ts';
import { packRules } from '../detect/rules/packed-rules.ts';
import { type ConfiguredRules, loadRead } from './configured-rules.ts';
import { keepWhole, randomName } from './keep-whole.ts';

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
  const path = join(folder, placeOf(read));
  const made = madeOf(read);
  const known = knownOf(await readFile(path).catch(() => Buffer.alloc(0)), made);
  if (known !== undefined) return { ...read, packed: known.packed, filters: { path, id: known.id } };
  const packed = packRules(loadRead(read));
  if (packed === undefined) return read;
  const id = randomName();
  const isKept = keepWhole(path, wholeOf(id, made, packed), folder);
  return { ...read, packed, ...(isKept && { filters: { path, id } }) };
}

/** All that it comes of, the program aside, word for word: to load hashes that are worth the name takes a start 5 ms. */
function madeOf({ files, options }: ConfiguredRules): string {
  const outline = {
    options: { ...options, hostname: undefined },
    files: files.map(({ name, content }) => [name, content.length]),
  };
  return `${JSON.stringify(outline)}\n${files.map(({ content }) => content).join('')}`;
}

function placeOf({ files, options }: ConfiguredRules): string {
  const named = JSON.stringify([files.map(({ name }) => name), { ...options, hostname: undefined }]);
  return (crc32(named) % places).toString(16);
}

/** Behind a line with a checksum, what the filters of these rules go by, and the length of what they are made of: that, and what is kept. */
function wholeOf(id: string, made: string, packed: Uint8Array): Buffer {
  const madeBytes = Buffer.from(made);
  return Buffer.concat([Buffer.from(`${crc32(packed)} ${id} ${madeBytes.length}\n`), madeBytes, packed]);
}

/** Undefined where that is not of what is `made`, or not whole. To decode text is quicker than to encode it. */
function knownOf(whole: Buffer, made: string): { readonly packed: Uint8Array; readonly id: string } | undefined {
  const start = whole.indexOf('\n') + 1;
  const [checksum, id, length] = whole.toString('latin1', 0, Math.max(0, start - 1)).split(' ');
  const end = start + Number(length);
  if (id === undefined || !(end <= whole.length) || whole.toString('utf8', start, end) !== made) return undefined;
  const packed = whole.subarray(end);
  return checksum === String(crc32(packed)) ? { packed, id } : undefined;
}
