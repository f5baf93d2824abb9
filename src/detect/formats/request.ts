import { decodedUri } from './decoded-uri.ts';
import { unescaped } from './escapes.ts';
import { isDigit } from './quantities.ts';
import { withoutBlanks } from './tokens.ts';

/**
 * The request column of an ALB or Classic log: `VERB URL VERSION`, split at the first and the last blank, so that a URL with
 * blanks in it stays whole. Parts that were not logged (`-` or nothing) are undefined.
 *
 * What balancers write beside that: `- http://lb:80- -` for a request they could not read, where `-` after the port stands
 * for the path; a version with a blank behind it; nothing but a blank for the version; `- - - ` for TCP.
 */
export class Request {
  readonly verb: string | undefined;
  readonly url: string | undefined;
  readonly proto: string | undefined;
  private parts: UrlParts | undefined;
  private decoded: string | undefined;

  /** `column`: the request as it stands between the quotes. */
  constructor(column: string) {
    const trimmed = withoutBlanks(column);
    const first = trimmed.indexOf(' ');
    const last = lastBlank(column, trimmed);
    this.verb = present(unescaped(first < 0 ? trimmed : trimmed.slice(0, first)));
    this.url = first < 0 ? undefined : present(unescaped(trimmed.slice(first + 1, last > first ? last : undefined)));
    this.proto = last > first ? present(unescaped(trimmed.slice(last + 1))) : undefined;
  }

  get scheme(): string | undefined {
    return this.urlParts.scheme;
  }

  /** Without port and brackets. */
  get host(): string | undefined {
    return this.urlParts.host;
  }

  get path(): string | undefined {
    return this.urlParts.path;
  }

  /** Without the question mark. */
  get query(): string | undefined {
    return this.urlParts.query;
  }

  /** Path and query, decoded as decoded-uri.ts says. */
  get uriDecoded(): string | undefined {
    this.decoded ??= decodedUri(this.urlParts.uri);
    return this.decoded === '' ? undefined : this.decoded;
  }

  private get urlParts(): UrlParts {
    this.parts ??= splitUrl(this.url ?? '');
    return this.parts;
  }
}

/** Where the version's blank stands in `trimmed`; its length when the version is missing. */
function lastBlank(column: string, trimmed: string): number {
  const last = trimmed.lastIndexOf(' ');
  if (!column.endsWith(' ')) return last;
  const version = trimmed.slice(last + 1);
  return version === '-' || version.startsWith('HTTP/') ? last : trimmed.length;
}

function present(text: string): string | undefined {
  return text === '' || text === '-' ? undefined : text;
}

interface UrlParts {
  readonly scheme: string | undefined;
  readonly host: string | undefined;
  readonly path: string | undefined;
  readonly query: string | undefined;
  /** Path, question mark and query; empty when there is neither. */
  readonly uri: string;
}

const schemeAndAuthority = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)/;

/** A URL without scheme (`/path`, `*`, `host:443` of a CONNECT) is all path, so that no part of it is lost to rules. */
function splitUrl(url: string): UrlParts {
  const match = schemeAndAuthority.exec(url);
  const uri = url.slice(match === null ? 0 : match[0].length);
  const mark = uri.indexOf('?');
  return {
    scheme: match?.[1],
    host: present(hostOf(match?.[2] ?? '')),
    path: present(mark < 0 ? uri : uri.slice(0, mark)),
    query: mark < 0 ? undefined : present(uri.slice(mark + 1)),
    uri,
  };
}

/** `user@host:80`, `[2001:db8::1]:443`, `lb:80-` → `host`, `2001:db8::1`, `lb`. */
function hostOf(authority: string): string {
  let end = authority.length;
  if (authority.charCodeAt(end - 1) === minus) end -= 1;
  while (end > 0 && isDigit(authority.charCodeAt(end - 1))) end -= 1;
  // What ends in no port is all host: `192.0.2.1`, `[2001:db8::1]`.
  end = authority.charCodeAt(end - 1) === colon ? end - 1 : authority.length;
  const start = authority.lastIndexOf('@') + 1;
  const bracketed = authority.charCodeAt(start) === openBracket && authority.charCodeAt(end - 1) === closeBracket;
  return bracketed ? authority.slice(start + 1, end - 1) : authority.slice(start, end);
}

const minus = 0x2d;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
