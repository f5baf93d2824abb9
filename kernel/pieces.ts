/** What stands in columns: addresses and ports, and the pieces of a request. */
import { find, findLast, isDigit } from './bytes';
import { endOf, firstColumn, setBounds, startOf } from './columns';

// Parts, as formats/regular-line.ts numbers them; each endpoint has a port behind its address.
const clientIp: i32 = 0;
const targetIp: i32 = 2;
const verb: i32 = 4;
const url: i32 = 5;
const proto: i32 = 6;
const scheme: i32 = 7;
const host: i32 = 8;
const path: i32 = 9;
const query: i32 = 10;
const uri: i32 = 11;

let clientColumn: i32 = -1;
let targetColumn: i32 = -1;
let requestColumn: i32 = -1;

export function setPieces(client: i32, target: i32, request: i32): void {
  clientColumn = client;
  targetColumn = target;
  requestColumn = request;
}

export function pieces(): bool {
  if (clientColumn >= 0) splitEndpoint(firstColumn + clientColumn, clientIp);
  if (targetColumn >= 0) splitEndpoint(firstColumn + targetColumn, targetIp);
  if (requestColumn >= 0 && !splitRequest(firstColumn + requestColumn)) return false;
  return true;
}

/** `198.51.100.7:40112`, `[2001:db8::1]:443`, `2001:db8::1:443` or `-`: address and port, the parts `ip` and `ip + 1`. */
function splitEndpoint(column: i32, ip: i32): void {
  let start = startOf(column);
  const end = endOf(column);
  let colon = end;
  if (load<u8>(end - 1) != 0x5d) {
    colon = findLast(start, end, 0x3a);
  }
  setBounds(ip + 1, min(colon + 1, end), end);
  let ipEnd = colon;
  if (ipEnd > start && load<u8>(start) == 0x5b && load<u8>(ipEnd - 1) == 0x5d) {
    start++;
    ipEnd--;
  }
  setBounds(ip, start, max(start, ipEnd));
}

/**
 * `VERB http(s)://HOST(:PORT)/… VERSION`, what is written of a request that could not be read, `- http://HOST:PORT- -`, and of
 * a connection without requests, `- - - `; others are not regular.
 */
function splitRequest(column: i32): bool {
  const start = startOf(column);
  const end = endOf(column);
  if (end - start == 6 && load<u32>(start) == 0x202d202d && load<u16>(start, 4) == 0x202d) {
    for (let part = verb; part < firstColumn; part++) setBounds(part, end, end);
    return true;
  }
  const verbEnd = find(start, end, 0x20);
  const urlEnd = findLast(start, end, 0x20);
  if (verbEnd == start || urlEnd <= verbEnd || urlEnd >= end - 1) return false;
  setBounds(verb, start, verbEnd);
  const urlStart = verbEnd + 1;
  setBounds(url, urlStart, urlEnd);
  setBounds(proto, urlEnd + 1, end);

  if (load<u32>(urlStart) != 0x70747468) return false;
  const schemeEnd = urlStart + (load<u8>(urlStart, 4) == 0x73 ? 5 : 4);
  if (load<u8>(schemeEnd) != 0x3a || load<u16>(schemeEnd, 1) != 0x2f2f) return false;
  setBounds(scheme, urlStart, schemeEnd);
  const hostStart = schemeEnd + 3;
  const hostEnd = min(urlEnd, nameEnd(hostStart));
  let pathStart = hostEnd;
  if (load<u8>(pathStart) == 0x3a) {
    pathStart++;
    while (isDigit(load<u8>(pathStart))) pathStart++;
  }
  if (hostEnd == hostStart || load<u8>(hostEnd - 1) == 0x2d) return false;
  setBounds(host, hostStart, hostEnd);
  if (pathStart == urlEnd - 1 && load<u8>(pathStart) == 0x2d && pathStart > hostEnd + 1) {
    setBounds(path, urlEnd, urlEnd);
    setBounds(query, urlEnd, urlEnd);
    setBounds(uri, urlEnd, urlEnd);
    return true;
  }
  if (pathStart >= urlEnd || load<u8>(pathStart) != 0x2f) return false;

  const mark = find(pathStart, urlEnd, 0x3f);
  setBounds(path, pathStart, mark);
  setBounds(query, min(mark + 1, urlEnd), urlEnd);
  setBounds(uri, pathStart, urlEnd);
  return true;
}

/** Where the letters, digits, hyphens, dots and underscores end: no byte of them divides an authority. */
function nameEnd(start: usize): usize {
  let others: u32 = 0;
  let at = start;
  for (; others == 0; at += 16) {
    const bytes = v128.load(at);
    const lower = v128.or(bytes, i8x16.splat(0x20));
    const letters = i8x16.lt_u(i8x16.sub(lower, i8x16.splat(0x61)), i8x16.splat(26));
    const digits = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x30)), i8x16.splat(10));
    const signs = v128.or(
      i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x2d)), i8x16.splat(2)),
      i8x16.eq(bytes, i8x16.splat(0x5f)),
    );
    others = <u32>i8x16.bitmask(v128.or(letters, v128.or(digits, signs))) ^ 0xffff;
  }
  return at - 16 + <usize>ctz(others);
}
