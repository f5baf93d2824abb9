import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { KeptFilters } from '../detect/rules/engine.ts';

/** Where the filters of some rules are kept. Plain values. */
export interface FilterPlace {
  /** What their files' paths begin with. */
  readonly path: string;
  /** Of the rules. What is kept there of others has another. */
  readonly id: string;
}

const checksumBytes = 4;

/** A file for each filter, beside what is kept of the rules: its checksum, the rules' id, the filter. */
export class FilterFiles implements KeptFilters {
  readonly #path: string;
  readonly #id: Buffer;

  constructor({ path, id }: FilterPlace) {
    this.#path = path;
    this.#id = Buffer.from(`${id}\n`);
  }

  find(name: string): Uint8Array | undefined {
    try {
      const file = readFileSync(this.#fileOf(name));
      const start = checksumBytes + this.#id.length;
      if (!file.subarray(checksumBytes, start).equals(this.#id)) return undefined;
      return file.readUInt32LE(0) === crc32(file.subarray(checksumBytes)) ? file.subarray(start) : undefined;
    } catch {
      return undefined;
    }
  }

  keep(name: string, filter: Uint8Array): void {
    const rest = Buffer.concat([this.#id, filter]);
    const checksum = Buffer.alloc(checksumBytes);
    checksum.writeUInt32LE(crc32(rest));
    const file = this.#fileOf(name);
    // Two threads of one process may keep the same at the same time.
    const whole = `${file}.${Math.random().toString(36).slice(2)}`;
    try {
      writeFileSync(whole, Buffer.concat([checksum, rest]));
      renameSync(whole, file);
    } catch {
      // The next start compiles again.
      remove(whole);
    }
  }

  #fileOf(name: string): string {
    return `${this.#path}-${name}`;
  }
}

/** What a full disk took of a file need not stay. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Nor was it there.
  }
}
