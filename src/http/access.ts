import { hash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Secret } from '../base/secret.ts';
import { NetworkTable } from '../base/network-table.ts';
import type { Asked } from './asked.ts';

/** Who may use the service. What is empty is not asked. */
export interface AccessRules {
  /** Any of these as `Authorization: Bearer TOKEN`, or as the password of Basic with any user: all that Falco can send. */
  readonly tokens: readonly Secret[];
  /** CIDRs that clients must connect from. `X-Forwarded-For` is whatever its sender likes and is not asked. */
  readonly networks: readonly string[];
  /** Paths that need no token, `/healthz` say. Networks are asked for them as well. */
  readonly openPaths: readonly string[];
  /** Requests that need no token here because a login of their own judges them; networks are asked for them as well. */
  readonly judgedElsewhere?: (asked: Asked) => boolean;
}

type Refusal = { readonly status: 401 | 403; readonly reason: string };

export interface Access {
  /** Undefined when the request may go on. */
  refusal(this: void, asked: Asked): Refusal | undefined;
  /** True for who has a token, and for everyone where none is asked: may see more than that the service runs. */
  trusts(this: void, asked: Asked): boolean;
}

export function createAccess({ tokens, networks, openPaths, judgedElsewhere }: AccessRules): Access {
  const digests = tokens.map((token) => digest(token.reveal()));
  const open = new Set(openPaths);
  const allowed = networks.length === 0 ? undefined : new NetworkTable<true>();
  for (const network of networks) allowed?.add(network, true);
  // Falco sends the same header with every alert: what was found good is compared as it stands, without another hash.
  let known = Buffer.alloc(0);
  const trusts = (asked: Asked): boolean => {
    if (digests.length === 0) return true;
    const header = asked.header('authorization');
    if (header === undefined) return false;
    const bytes = Buffer.from(header);
    if (known.length > 0 && bytes.length === known.length && timingSafeEqual(bytes, known)) return true;
    const sent = credential(header);
    if (sent === undefined || !knows(digests, digest(sent))) return false;
    known = bytes;
    return true;
  };
  return {
    trusts,
    refusal(asked) {
      if (allowed !== undefined && allowed.find(asked.address) === undefined) {
        return { status: 403, reason: 'Your address is not in the networks that this service allows.' };
      }
      // A page in a browser may post to 127.0.0.1 unasked; Falco and log routers do not send this header. `/test` sends an
      // alert by GET too, as falcosidekick's: an image of a page could ask for it.
      const reads = asked.method === 'GET' && asked.path !== '/test';
      const site = reads ? undefined : asked.header('sec-fetch-site');
      if (site !== undefined && site !== 'same-origin' && site !== 'none') {
        return { status: 403, reason: 'Other sites may not post here.' };
      }
      if (open.has(asked.path) || judgedElsewhere?.(asked) === true || trusts(asked)) return undefined;
      const reason =
        'This service asks for its token: Authorization: Bearer TOKEN, or http://any:TOKEN@host in the URL.';
      return { status: 401, reason };
    },
  };
}

/** Every comparison is made, each in the same time: how long it takes tells nothing of the tokens. */
function knows(digests: readonly Buffer[], sent: Buffer): boolean {
  let found = false;
  for (const one of digests) if (timingSafeEqual(one, sent)) found = true;
  return found;
}

function digest(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

function credential(header: string): string | undefined {
  const [scheme = '', value = ''] = header.split(' ', 2);
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon === -1 ? undefined : pair.slice(colon + 1);
}

/** True for addresses that only this machine can reach, and for `localhost`. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  return isIP(host) === 4 ? host.startsWith('127.') : host === '::1';
}
