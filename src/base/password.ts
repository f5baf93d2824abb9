import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** What `scrypt:…` texts hold. N, r and p are scrypt's cost: 16384, 8, 1 take some 50 ms and 16 MiB. */
interface ScryptHash {
  readonly cost: { readonly N: number; readonly r: number; readonly p: number };
  readonly salt: Buffer;
  readonly key: Buffer;
}

const shape = /^scrypt:(\d{1,8}):(\d{1,3}):(\d{1,3}):([A-Za-z0-9+/]+={0,2}):([A-Za-z0-9+/]+={0,2})$/;
const maxMemory = 64 * 1024 * 1024;

/** Undefined when the text is no hash, or one that costs more than 64 MiB or is shorter than 16 bytes. */
function parseHash(text: string): ScryptHash | undefined {
  const [, n = '', r = '', p = '', salt = '', key = ''] = shape.exec(text) ?? [];
  const cost = { N: Number(n), r: Number(r), p: Number(p) };
  const isPowerOfTwo = cost.N > 1 && (cost.N & (cost.N - 1)) === 0;
  if (!isPowerOfTwo || cost.r < 1 || cost.p < 1 || cost.p > 16 || 128 * cost.N * cost.r > maxMemory) return undefined;
  const hash = { cost, salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') };
  return hash.key.length >= 16 && hash.salt.length >= 8 ? hash : undefined;
}

export function isPasswordHash(text: string): boolean {
  return parseHash(text) !== undefined;
}

/** Compares in the same time whatever is wrong. Off this thread. */
export async function passwordMatches(password: string, hashText: string): Promise<boolean> {
  const hash = parseHash(hashText);
  if (hash === undefined) return false;
  const found = await derive(password, hash.salt, hash.key.length, hash.cost);
  return timingSafeEqual(found, hash.key);
}

/** A new hash of the password, with a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const cost = { N: 16_384, r: 8, p: 1 };
  const salt = randomBytes(16);
  const key = await derive(password, salt, 32, cost);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join(':');
}

function derive(password: string, salt: Buffer, length: number, cost: ScryptHash['cost']): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, length, { ...cost, maxmem: 2 * maxMemory }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
