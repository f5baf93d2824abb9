import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { NetworkTable } from '../../base/network-table.ts';
import type { Secret } from '../../base/secret.ts';
import { isLoopback } from '../access.ts';
import type { Asked } from '../asked.ts';
import type { EndedSessions } from './ended-sessions.ts';
import { LoginLimit } from './login-limit.ts';
import { passwordMatches } from '../../base/password.ts';
import { cookieIn, cookieName, openSession, sealSession, type Session } from './session.ts';

export type Role = 'read-only' | 'triage';

/** Who looks at the page. */
export interface Visitor {
  readonly user: string;
  readonly role: Role;
}

export interface UiUser {
  readonly name: string;
  readonly role: Role;
  /** One of the two is there. */
  readonly password?: Secret;
  readonly passwordHash?: string;
}

/** A reverse proxy that logs people in and says in a header who they are. */
export interface TrustedProxy {
  /** CIDRs that the proxy connects from; the headers of others mean nothing. */
  readonly networks: readonly string[];
  readonly userHeader: string;
  /** A header with the user's groups, separated by commas, and the role that each of them has. */
  readonly groupsHeader?: string;
  readonly roles: Readonly<Record<string, Role>>;
  /** Of users of none of those groups; absent, these may not enter. */
  readonly role?: Role;
}

export interface LoginRules {
  /** The intake's tokens; they open the page as long as there are no users and no proxy. */
  readonly tokens: readonly Secret[];
  readonly users: readonly UiUser[];
  readonly proxy?: TrustedProxy;
  readonly sessionMs: number;
  readonly key: Buffer;
  readonly ended: EndedSessions;
  /** The cookie goes over TLS only. */
  readonly secure: boolean;
  readonly now: () => number;
}

/** Who may use the page and its API. */
export interface Login {
  /** What `POST /login` takes. */
  readonly way: 'none' | 'token' | 'password';
  /** Undefined for who is not logged in. */
  visitor(this: void, asked: Asked): Visitor | undefined;
  /** A session's cookie for the right password or token; limited in how often one may try. */
  enter(
    this: void,
    asked: Asked,
    user: string,
    password: string,
  ): Promise<{ visitor: Visitor; cookie: string } | 'wrong' | 'too often'>;
  /** Ends the session, here and by the cookie that it answers in the browser. Synced to disk when it returns. */
  leave(this: void, asked: Asked): string;
}

export function createLogin(rules: LoginRules): Login {
  const { tokens, users, proxy, key, ended, now } = rules;
  const way = users.length > 0 ? 'password' : tokens.length > 0 && proxy === undefined ? 'token' : 'none';
  const isOpen = way === 'none' && proxy === undefined;
  const byName = new Map(users.map((user) => [user.name, user]));
  const limit = new LoginLimit();
  const networks = new NetworkTable<true>();
  for (const network of proxy?.networks ?? []) networks.add(network, true);

  const sessionOf = (asked: Asked): Session | undefined => {
    const cookie = cookieIn(asked.header('cookie'), cookieName);
    const session = cookie === undefined ? undefined : openSession(cookie, key, now());
    return session === undefined || ended.has(session) ? undefined : session;
  };
  const ofSession = ({ user, proof }: Session): Visitor | undefined => {
    if (way === 'token')
      return tokens.some((token) => proofOf(token.reveal()) === proof) ? { user, role: 'triage' } : undefined;
    const known = byName.get(user);
    return known !== undefined && proofOf(secretOf(known)) === proof ? { user, role: known.role } : undefined;
  };
  const ofToken = (header: string | undefined): Visitor | undefined => {
    const [scheme = '', sent = ''] = header?.split(' ', 2) ?? [];
    const isToken =
      way === 'token' && scheme.toLowerCase() === 'bearer' && tokens.some((token) => same(token.reveal(), sent));
    return isToken ? { user: 'token', role: 'triage' } : undefined;
  };

  return {
    way,
    visitor(asked) {
      if (isOpen) return isOurName(asked.header('host')) ? { user: 'anyone', role: 'triage' } : undefined;
      if (proxy !== undefined && networks.find(asked.address) === true) {
        const named = ofProxy(proxy, asked);
        if (named !== undefined) return named;
      }
      const session = sessionOf(asked);
      return (session && ofSession(session)) ?? ofToken(asked.header('authorization'));
    },
    async enter(asked, name, password) {
      if (way === 'none') return 'wrong';
      if (!limit.mayTry(asked.address, name, now())) return 'too often';
      limit.trying(asked.address, name);
      const visitor =
        way === 'token' ? enterByToken(tokens, name, password) : await enterByPassword(users, name, password);
      if (visitor === undefined) return 'wrong';
      limit.succeeded(asked.address, name);
      const user = byName.get(visitor.user);
      const proof = proofOf(user === undefined ? password : secretOf(user));
      const beganMs = now();
      const id = randomBytes(12).toString('base64url');
      const session = { id, user: visitor.user, proof, beganMs, expiresMs: beganMs + rules.sessionMs };
      const secure = rules.secure || asked.header('x-forwarded-proto') === 'https';
      return { visitor, cookie: cookieText(sealSession(session, key), Math.floor(rules.sessionMs / 1000), secure) };
    },
    leave(asked) {
      const session = sessionOf(asked);
      if (session !== undefined) ended.add(session);
      return cookieText('', 0, rules.secure);
    },
  };
}

function enterByToken(tokens: readonly Secret[], name: string, password: string): Visitor | undefined {
  const isToken = tokens.some((token) => same(token.reveal(), password));
  return isToken ? { user: name === '' ? 'token' : name, role: 'triage' } : undefined;
}

/** An unknown name takes as long as a wrong password: which names there are cannot be told by the clock. */
async function enterByPassword(users: readonly UiUser[], name: string, password: string): Promise<Visitor | undefined> {
  const user = users.find((one) => one.name === name);
  const { password: plain, passwordHash } = user ?? users[0] ?? {};
  const matches =
    passwordHash === undefined ? same(plain?.reveal() ?? '', password) : await passwordMatches(password, passwordHash);
  return matches && user !== undefined ? { user: user.name, role: user.role } : undefined;
}

function ofProxy({ userHeader, groupsHeader, roles, role }: TrustedProxy, asked: Asked): Visitor | undefined {
  const user = asked.header(userHeader.toLowerCase())?.trim() ?? '';
  if (user === '' || user.length > 200) return undefined;
  const groups =
    groupsHeader === undefined
      ? []
      : (asked.header(groupsHeader.toLowerCase()) ?? '').split(',').map((group) => group.trim());
  const given = groups.flatMap((group) => (Object.hasOwn(roles, group) ? [roles[group]] : []));
  const best = given.includes('triage') ? 'triage' : (given[0] ?? role);
  return best === undefined ? undefined : { user, role: best };
}

/**
 * Where nobody has to log in, only the name tells our page from one whose name was made to point here (DNS rebinding):
 * addresses and `localhost` cannot be made so.
 */
function isOurName(host: string | undefined): boolean {
  if (host === undefined) return true;
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(name) !== 0 || isLoopback(name);
}

function secretOf({ password, passwordHash }: UiUser): string {
  return password?.reveal() ?? passwordHash ?? '';
}

function proofOf(secret: string): string {
  return hash('sha256', `elb-sidekick proof\n${secret}`, 'base64url').slice(0, 22);
}

function same(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}

function cookieText(value: string, maxAgeS: number, secure: boolean): string {
  return `${cookieName}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}
