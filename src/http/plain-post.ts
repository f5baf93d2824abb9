import { RecentMap } from '../base/recent-map.ts';

/** A request `POST /` in the plain form that Falco's libcurl sends, whole. */
export interface PlainPost {
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** A part of the bytes that it was read from. */
  readonly body: Buffer;
}

/**
 * The request that `bytes` are: `partial` while it may yet become one, undefined where it is any other request, malformed,
 * or more than one. Node's parser is for all of those; so what is taken here must mean the same to every parser: HTTP/1.1,
 * headers of this list only and each once, a length and no encoding.
 */
export function plainPost(bytes: Buffer): PlainPost | 'partial' | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1 || end > maxHeadBytes) {
    const isSo = bytes.length <= maxHeadBytes && isStart(bytes);
    return isSo ? 'partial' : undefined;
  }
  const head = heads.get(bytes.toString('latin1', 0, end), headOf);
  if (head === undefined) return undefined;
  const start = end + 4;
  const missing = start + head.bodyBytes - bytes.length;
  if (missing > 0) return 'partial';
  return missing === 0 ? { headers: head.headers, body: bytes.subarray(start) } : undefined;
}

const firstLine = 'POST / HTTP/1.1\r\n';
/** Falco's has 150 bytes, with a token 200. */
const maxHeadBytes = 1_024;
/** As much as a socket reads at once. Longer bodies take longer than the ways differ. */
const maxBodyBytes = 65_536;

/** A sender's heads are alike but for the body's length. */
const heads = new RecentMap<string, Head | undefined>(256);

interface Head {
  readonly headers: ReadonlyMap<string, string>;
  readonly bodyBytes: number;
}

const known = new Set(['accept', 'authorization', 'content-length', 'content-type', 'host', 'user-agent']);
const header = /^([A-Za-z-]+): ([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)$/;

function headOf(text: string): Head | undefined {
  if (!text.startsWith(firstLine)) return undefined;
  const headers = new Map<string, string>();
  for (const line of text.slice(firstLine.length).split('\r\n')) {
    const [, name = '', value = ''] = header.exec(line) ?? [];
    const key = name.toLowerCase();
    if (!known.has(key) || headers.has(key)) return undefined;
    headers.set(key, value);
  }
  const length = headers.get('content-length') ?? '';
  if (!headers.has('host') || !/^\d{1,5}$/.test(length) || Number(length) > maxBodyBytes) return undefined;
  return { headers, bodyBytes: Number(length) };
}

function isStart(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, firstLine.length);
  return bytes.toString('latin1', 0, length) === firstLine.slice(0, length);
}
