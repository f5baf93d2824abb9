import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../../base/make-folder.ts';

/** Who is logged in, as the cookie says it, signed. */
export interface Session {
  /** Tells it from every other one. */
  readonly id: string;
  readonly beganMs: number;
  readonly user: string;
  /** What the user proved, hashed: when the password or token is another one, the session is over. */
  readonly proof: string;
  readonly expiresMs: number;
}

export const cookieName = 'elb_sidekick_session';

const keyBytes = 32;

/** The key that signs sessions, from a file that only this user can read; made when there is none. Sessions survive a restart with it. */
export function readSessionKey(path: string): Buffer {
  try {
    const key = readFileSync(path);
    if (key.length === keyBytes) {
      chmodSync(path, 0o600);
      return key;
    }
    throw new Error(`${path} is no session key: remove it, everyone has to log in again then`);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  makeFolder(dirname(path));
  const key = randomBytes(keyBytes);
  try {
    writeFileSync(path, key, { mode: 0o600, flag: 'wx' });
    return key;
  } catch (error) {
    // Another process that starts at the same time was first.
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return readFileSync(path);
    throw error;
  }
}

/** The session as a cookie's value. */
export function sealSession(session: Session, key: Buffer): string {
  const body = Buffer.from(JSON.stringify(session)).toString('base64url');
  return `${body}.${sign(body, key).toString('base64url')}`;
}

/** Undefined unless we sealed it and it has not expired. */
export function openSession(value: string, key: Buffer, nowMs: number): Session | undefined {
  const [body = '', seal = '', ...rest] = value.slice(0, 4_096).split('.');
  const given = Buffer.from(seal, 'base64url');
  const right = sign(body, key);
  if (rest.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
  const session = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Session;
  return session.expiresMs > nowMs && typeof session.id === 'string' ? session : undefined;
}

function sign(body: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(`elb-sidekick session\n${body}`).digest();
}

/** The value of a cookie in a Cookie header. */
export function cookieIn(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const equals = part.indexOf('=');
    if (part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}
