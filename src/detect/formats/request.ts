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
 *
 * Most rules ask for nothing but the decoded URI, so the URL is divided by offsets and its parts are cut when asked for;
 * one regular expression and an object of parts cost more than the whole line's columns.
 */
export class Request {
  private readonly column: string;
  /** Where the verb ends. */
  private readonly verbEnd: number;
  /** Where the blank before the version stands; the column's length when the version is missing. */
  private readonly urlEnd: number;
  private urlRead: string | undefined;
  // Offsets in the URL, −1 until it is divided: `SCHEME://AUTHORITY`, then the path, then `?` and the query.
  private schemeEnd: number;
  private pathStart: number;
  private mark: number;
  private hostRead: string | undefined;
  private decoded: string | undefined;

  /** `column`: the request as it stands between the quotes. */
  constructor(column: string) {
    const trimmed = column.endsWith(' ') || column.startsWith(' ') ? withoutBlanks(column) : column;
    const first = trimmed.indexOf(' ');
    this.column = trimmed;
    this.verbEnd = first < 0 ? trimmed.length : first;
    this.urlEnd = first < 0 ? trimmed.length : versionBlank(trimmed, first, column.endsWith(' '));
    this.urlRead = undefined;
    this.schemeEnd = -1;
    this.pathStart = -1;
    this.mark = -1;
    this.hostRead = undefined;
    this.decoded = undefined;
  }

  get verb(): string | undefined {
    return present(unescaped(this.column.slice(0, this.verbEnd)));
  }

  get url(): string | undefined {
    this.urlRead ??= unescaped(this.column.slice(this.verbEnd + 1, this.urlEnd));
    return present(this.urlRead);
  }

  get proto(): string | undefined {
    return present(unescaped(this.column.slice(this.urlEnd + 1)));
  }

  get scheme(): string | undefined {
    const url = this.divided();
    return this.schemeEnd < 0 ? undefined : url.slice(0, this.schemeEnd);
  }

  /** Without user, port and brackets. */
  get host(): string | undefined {
    this.divided();
    return this.hostRead;
  }

  get path(): string | undefined {
    const url = this.divided();
    return present(url.slice(this.pathStart, this.mark));
  }

  /** Without the question mark. */
  get query(): string | undefined {
    const url = this.divided();
    return present(url.slice(this.mark + 1));
  }

  /** Path and query, decoded as decoded-uri.ts says. */
  get uriDecoded(): string | undefined {
    if (this.decoded === undefined) {
      const url = this.divided();
      this.decoded = decodedUri(url.slice(this.pathStart));
    }
    return this.decoded === '' || this.decoded === '-' ? undefined : this.decoded;
  }

  /** The URL, empty when there is none, with its offsets found. */
  private divided(): string {
    const url = this.url ?? '';
    if (this.pathStart < 0) {
      if (isOf(lastOrigin, url)) {
        this.schemeEnd = lastOrigin.schemeEnd;
        this.pathStart = lastOrigin.text.length;
        this.hostRead = lastOrigin.host;
      } else {
        this.schemeEnd = schemeEnd(url);
        this.pathStart = this.schemeEnd < 0 ? 0 : authorityEnd(url, this.schemeEnd + 3);
        if (this.schemeEnd >= 0) {
          this.hostRead = present(hostOf(url.slice(this.schemeEnd + 3, this.pathStart)));
          lastOrigin = { text: url.slice(0, this.pathStart), schemeEnd: this.schemeEnd, host: this.hostRead };
        }
      }
      const mark = url.indexOf('?', this.pathStart);
      this.mark = mark < 0 ? url.length : mark;
    }
    return url;
  }
}

/** `SCHEME://AUTHORITY`. */
interface Origin {
  readonly text: string;
  readonly schemeEnd: number;
  readonly host: string | undefined;
}

/**
 * Of the URL divided last: most lines of a balancer have the same, and then one comparison stands for six searches. It
 * also makes their hosts one string, which rules compare by its address.
 */
let lastOrigin: Origin = { text: '', schemeEnd: -1, host: undefined };

/** True when dividing the URL would come to this origin: a path, a query or nothing follows it. */
function isOf({ text, schemeEnd }: Origin, url: string): boolean {
  if (schemeEnd < 0 || !url.startsWith(text)) return false;
  const next = url.charCodeAt(text.length);
  return next === slash || next === question || next === numberSign || url.length === text.length;
}

const slash = 0x2f;
const question = 0x3f;
const numberSign = 0x23;

function versionBlank(trimmed: string, first: number, blankBehind: boolean): number {
  const last = trimmed.lastIndexOf(' ');
  if (blankBehind) {
    const version = trimmed.slice(last + 1);
    if (version !== '-' && !version.startsWith('HTTP/')) return trimmed.length;
  }
  return last > first ? last : trimmed.length;
}

function present(text: string): string | undefined {
  return text === '' || text === '-' ? undefined : text;
}

/**
 * Where the scheme ends, −1 without one. A URL without scheme (`/path`, `*`, `host:443` of a CONNECT) is all path, so that no
 * part of it is lost to rules, and `/go?to=http://…` has none.
 */
function schemeEnd(url: string): number {
  if (url.startsWith('http')) {
    if (url.startsWith('://', 4)) return 4;
    if (url.startsWith('s://', 4)) return 5;
  }
  return otherScheme.exec(url)?.[0].length ?? -1;
}

const otherScheme = /^[A-Za-z][A-Za-z0-9+.-]*(?=:\/\/)/;

function authorityEnd(url: string, start: number): number {
  let end = url.length;
  for (const sign of pathSigns) {
    const at = url.indexOf(sign, start);
    if (at >= 0 && at < end) end = at;
  }
  return end;
}

const pathSigns = ['/', '?', '#'] as const;

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
