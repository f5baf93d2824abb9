import { quoted } from '../base/printable.ts';
import { textOfBytes } from '../base/bytes.ts';

const signatures: readonly { readonly bytes: readonly number[]; readonly kind: string }[] = [
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], kind: 'zstd-compressed' },
  { bytes: [0x50, 0x4b, 0x03, 0x04], kind: 'a ZIP archive' },
  { bytes: [0x42, 0x5a, 0x68], kind: 'bzip2-compressed' },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], kind: 'xz-compressed' },
  { bytes: [0x50, 0x41, 0x52, 0x31], kind: 'a Parquet file' },
  { bytes: [0xff, 0xfe], kind: 'UTF-16 text' },
  { bytes: [0xfe, 0xff], kind: 'UTF-16 text' },
];

/** What an object is when its first bytes say that it is no log: `a ZIP archive`, `binary`. Undefined when it may be one. */
export function kindOfJunk(start: Buffer): string | undefined {
  const known = signatures.find(({ bytes }) => bytes.every((byte, index) => start[index] === byte));
  if (known !== undefined) return known.kind;
  // No load balancer logs a NUL: it writes `\x00`.
  return start.subarray(0, 8192).includes(0) ? 'binary' : undefined;
}

/** Why an object is given up. It will never be read: settle it with `reject`. */
export class NotALog extends Error {
  override readonly name = 'NotALog';

  static binary(kind: string): NotALog {
    return new NotALog(`not an ELB log: it is ${kind}. Logs are text lines, plain or gzip`);
  }

  static endlessLine(bytes: number): NotALog {
    return new NotALog(`not an ELB log: ${bytes} bytes without a line end`);
  }

  static empty(): NotALog {
    return new NotALog('empty: an ELB log has at least one line');
  }

  /** `line` is the object's first line, a byte string. */
  static noLineRecognised(lines: number, line: string): NotALog {
    const none =
      lines === 1 ? 'its only line does not look like one' : `none of its first ${lines} lines looks like one`;
    return new NotALog(`not an ELB log: ${none}. Line 1 begins ${quoted(textOfBytes(line.slice(0, 200)))}`);
  }
}
