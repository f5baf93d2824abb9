/** The floor for any scanner in Node: unpacks a gzip file and cuts it into strings, one for each line. `node split-lines.ts FILE`. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

let lines = 0;
let carry = '';
const file = process.argv[2] ?? '';
for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 }).pipe(
  createGunzip({ chunkSize: 1 << 18 }),
)) {
  const bytes = chunk as Buffer;
  let from = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
    const line = carry + bytes.toString('latin1', from, end);
    if (line.length > 0) lines += 1;
    carry = '';
    from = end + 1;
  }
  carry += bytes.toString('latin1', from);
}
console.error(`${lines} lines`);
