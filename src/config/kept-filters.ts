import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { KeptFilters } from '../detect/rules/engine.ts';
import { keepWhole } from './keep-whole.ts';

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
    keepWhole(this.#fileOf(name), Buffer.concat([checksum, rest]));
  }

  #fileOf(name: string): string {
    return `${this.#path}-${name}`;
  }
}
