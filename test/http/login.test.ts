import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { hashPassword } from '../../src/base/password.ts';
import { openSession, readSessionKey, sealSession } from '../../src/http/login/session.ts';
import { anAlert } from '../support/alerts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { triageService } from '../support/triage-service.ts';

const from = (remoteAddress: string): object => ({ incoming: { socket: { remoteAddress } } });
const cookieOf = (headers: Headers): string => headers.get('set-cookie')?.split(';')[0] ?? '';

const post = (body: string): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});

describe('the login', () => {
  it('is not asked where nothing is configured, but only under names that cannot be made to point here', async () => {
    const { bench, get } = triageService();
    expect((await get('/api/session')).body).toMatchObject({ user: 'anyone', role: 'triage', login: 'none' });
    for (const host of ['localhost:2801', '127.0.0.1', '[::1]:2801', '192.0.2.1:80'])
      expect((await get('/api/stats', { host })).status).toBe(200);
    expect((await get('/api/stats', { host: 'evil.example' })).status).toBe(401);
    await bench.close();
  });

  it('takes the intake’s token, by Bearer or by a session', async () => {
    const { app, bench, get, send, logged, clock } = triageService({ tokens: [new Secret('s3cret-token')] });
    expect((await get('/api/stats')).status).toBe(401);
    expect((await app.request('/')).status).toBe(200);
    expect((await app.request('/', { method: 'POST', body: '{}' })).status).toBe(401);
    expect((await get('/api/session')).body).toMatchObject({ user: null, login: 'token' });
    expect((await get('/api/stats', { authorization: 'Bearer s3cret-token' })).status).toBe(200);
    expect((await send('POST', '/login', { password: 'wrong' })).status).toBe(401);
    const entered = await send('POST', '/login', { user: 'ann', password: 's3cret-token' });
    expect(entered.headers.get('set-cookie')).toMatch(/; Path=\/; Max-Age=3600; HttpOnly; SameSite=Strict$/);
    const cookie = cookieOf(entered.headers);
    expect((await get('/api/session', { cookie })).body).toMatchObject({ user: 'ann', role: 'triage' });
    await bench.append([anAlert(1)]);
    const changed = await send('PATCH', `/api/alerts/${anAlert(1).id}`, { version: 0, note: 'x' }, { cookie });
    expect(changed.body).toMatchObject({ history: [{ who: 'ann' }] });
    expect((await get('/api/stats', { cookie: `${cookie}x` })).status).toBe(401);
    // A session opens the page, not the intake.
    expect((await app.request('/', { method: 'POST', body: '{}', headers: { cookie } })).status).toBe(401);
    await clock.advance(3_600_000);
    expect((await get('/api/stats', { cookie })).status).toBe(401);
    expect(logged.join('')).not.toContain('s3cret');
    await bench.close();
  });

  it('takes users with roles; who may only read changes nothing; the token opens nothing then', async () => {
    const users = [
      { name: 'ann', role: 'triage' as const, passwordHash: await hashPassword('päss') },
      { name: 'rob', role: 'read-only' as const, password: new Secret('reading') },
    ];
    const { bench, get, send } = triageService({ users, tokens: [new Secret('t')] });
    await bench.append([anAlert(1)]);
    expect((await get('/api/stats', { authorization: 'Bearer t' })).status).toBe(401);
    expect((await send('POST', '/login', { user: 'nobody', password: 'reading' })).status).toBe(401);
    expect((await send('POST', '/login', { user: 'ann', password: 'reading' })).status).toBe(401);
    const ann = cookieOf((await send('POST', '/login', { user: 'ann', password: 'päss' })).headers);
    const rob = cookieOf((await send('POST', '/login', { user: 'rob', password: 'reading' })).headers);
    const path = `/api/alerts/${anAlert(1).id}`;
    expect((await get(path, { cookie: rob })).status).toBe(200);
    expect((await send('PATCH', path, { version: 0, note: 'x' }, { cookie: rob })).status).toBe(403);
    expect((await send('PATCH', path, { version: 0, note: 'x' }, { cookie: ann })).status).toBe(200);
    const again = cookieOf((await send('POST', '/login', { user: 'ann', password: 'päss' })).headers);
    expect((await send('POST', '/logout', {}, { cookie: ann })).headers.get('set-cookie')).toContain('Max-Age=0');
    // A copy of the cookie opens nothing any more; her other session and those of others go on.
    expect((await get(path, { cookie: ann })).status).toBe(401);
    expect((await get(path, { cookie: again })).status).toBe(200);
    expect((await get(path, { cookie: rob })).status).toBe(200);
    await bench.close();
  });

  it('lets a form log in and sends the browser on', async () => {
    const { app, bench } = triageService({ tokens: [new Secret('t')] });
    const good = await app.request('/login', post('user=ann&password=t'));
    expect([good.status, good.headers.get('location')]).toEqual([303, '/']);
    const bad = await app.request('/login', post('password=x'));
    expect([bad.status, bad.headers.get('location')]).toEqual([303, '/?login=failed']);
    await bench.close();
  });

  it('refuses what other sites send', async () => {
    const { bench, send } = triageService();
    await bench.append([anAlert(1)]);
    const path = `/api/alerts/${anAlert(1).id}`;
    const edit = { version: 0, note: 'x' };
    expect((await send('PATCH', path, edit, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await send('PATCH', path, edit, { origin: 'http://evil.example', host: 'localhost' })).status).toBe(403);
    expect((await send('PATCH', path, edit, { 'content-type': 'text/plain' })).status).toBe(415);
    expect(
      (await send('POST', '/login', { password: 'x' }, { origin: 'http://evil.example', host: 'localhost' })).status,
    ).toBe(403);
    expect((await send('PATCH', path, edit, { origin: 'http://localhost', host: 'localhost' })).status).toBe(200);
    await bench.close();
  });

  it('makes who tries passwords out wait: the tenth failure is the last of a minute', async () => {
    const { bench, app, clock } = triageService({ tokens: [new Secret('t')] });
    const attempt = async (password: string, address: string): Promise<number> =>
      (
        await app.request(
          '/login',
          { method: 'POST', body: JSON.stringify({ password }), headers: { 'content-type': 'application/json' } },
          from(address),
        )
      ).status;
    for (let n = 0; n < 10; n++) expect(await attempt('x', '192.0.2.1')).toBe(401);
    expect(await attempt('t', '192.0.2.1')).toBe(429);
    expect(await attempt('t', '192.0.2.2')).toBe(200);
    await clock.advance(60_000);
    expect(await attempt('t', '192.0.2.1')).toBe(200);
    await bench.close();
  });

  it('believes a reverse proxy in its networks, and nobody else', async () => {
    const proxy = {
      networks: ['10.0.0.0/8'],
      userHeader: 'X-User',
      groupsHeader: 'X-Groups',
      roles: { sec: 'triage' as const, all: 'read-only' as const },
    };
    const { bench, app } = triageService({ proxy });
    const who = async (address: string, headers: Record<string, string>): Promise<unknown> =>
      (await app.request('/api/session', { headers }, from(address))).json();
    expect(await who('10.1.2.3', { 'x-user': 'ann', 'x-groups': 'all, sec' })).toMatchObject({
      user: 'ann',
      role: 'triage',
      login: 'none',
    });
    expect(await who('10.1.2.3', { 'x-user': 'rob', 'x-groups': 'all' })).toMatchObject({
      user: 'rob',
      role: 'read-only',
    });
    expect(await who('10.1.2.3', { 'x-user': 'eve', 'x-groups': 'constructor' })).toMatchObject({ user: null });
    expect(await who('203.0.113.1', { 'x-user': 'ann', 'x-groups': 'sec' })).toMatchObject({ user: null });
    await bench.close();
  });
});

describe('the session key', () => {
  it('is made once, for this user’s eyes only', () => {
    const path = join(temporaryFolder(), 'state', 'session.key');
    const key = readSessionKey(path);
    expect(readSessionKey(path)).toEqual(key);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('opens only what it sealed, until it expires', () => {
    const key = Buffer.alloc(32, 1);
    const sealed = sealSession({ id: 'i', user: 'ann', proof: 'p', beganMs: 0, expiresMs: 100 }, key);
    expect(openSession(sealed, key, 99)?.user).toBe('ann');
    expect(openSession(sealed, key, 100)).toBeUndefined();
    expect(openSession(sealed, Buffer.alloc(32, 2), 0)).toBeUndefined();
    for (const forged of ['', '.', 'e30.', `${sealed}.x`, sealed.slice(1)])
      expect(openSession(forged, key, 0)).toBeUndefined();
  });
});
