import type { Context, Hono } from 'hono';
import { type Asked, askedOfHono } from '../asked.ts';
import { loginBody } from '../api/operations.ts';
import { readBody, Unreadable } from '../body.ts';
import type { Login, Visitor } from '../login/login.ts';
import type { Service, TriageService } from '../service.ts';

const maxBodyBytes = 8_192;

/** Requests that the page's own login judges instead of the intake's token: the page itself, its API. */
export function isOfPage({ method, path }: Asked): boolean {
  if (path.startsWith('/api/') || path === '/login' || path === '/logout') return true;
  return (
    (method === 'GET' || method === 'HEAD') &&
    (path === '/' || path.startsWith('/page/') || path.startsWith('/alerts/'))
  );
}

/** What to do, by how people log in here. */
const refused: Readonly<Record<Login['way'], string>> = {
  token: 'Log in first: POST /login, or send the token as Authorization: Bearer TOKEN.',
  password: 'Log in first: POST /login with user and password.',
  none: 'Come through the reverse proxy of ui.trusted_proxy; where nobody has to log in, by an address or localhost: other names are refused until listen.tokens or ui.users are set.',
};

const open = new Set(['/api/session', '/api/openapi.json']);

/** `/login`, `/logout`, `/api/session`, and the check of everything else under `/api/`. To be added before its routes. */
export function addLoginRoutes(hono: Hono, { log, version }: Service, { login }: TriageService): void {
  const session = (visitor: Visitor | undefined): object => ({
    user: visitor?.user ?? null,
    role: visitor?.role ?? null,
    login: login.way,
    version,
  });

  hono.use('/api/*', async (c, next) => {
    if (open.has(c.req.path)) return next();
    const asked = askedOfHono(c);
    const visitor = login.visitor(asked);
    if (visitor === undefined) return c.json({ error: refused[login.way] }, 401);
    if (asked.method === 'GET' || asked.method === 'HEAD') return next();
    if (isForeign(asked)) return c.json({ error: 'Other sites may not send this.' }, 403);
    if (visitor.role !== 'triage')
      return c.json({ error: `${visitor.user} may only read; ask for the role triage.` }, 403);
    return next();
  });

  hono.get('/api/session', (c) => c.json(session(login.visitor(askedOfHono(c))), 200, { 'cache-control': 'no-store' }));

  hono.post('/login', async (c) => {
    const asked = askedOfHono(c);
    if (isForeign(asked)) return c.json({ error: 'Other sites may not log in here.' }, 403);
    const isForm = /^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '');
    const body = await readLogin(c, isForm);
    if (body === undefined) return c.json({ error: 'Send {"user": …, "password": …} as JSON, or the form.' }, 400);
    const entered = await login.enter(asked, body.user ?? '', body.password);
    if (entered === 'too often' || entered === 'wrong') {
      log.warning('A login failed.', { from: asked.address, user: (body.user ?? '').slice(0, 60), why: entered });
      if (isForm) return c.redirect(entered === 'wrong' ? '/?login=failed' : '/?login=wait', 303);
      return entered === 'wrong'
        ? c.json({ error: 'That is not right.' }, 401)
        : c.json({ error: 'That was tried too often: wait a minute.' }, 429, { 'retry-after': '60' });
    }
    c.header('set-cookie', entered.cookie);
    return isForm ? c.redirect('/', 303) : c.json(session(entered.visitor));
  });

  hono.post('/logout', (c) => {
    const asked = askedOfHono(c);
    if (isForeign(asked)) return c.json({ error: 'Other sites may not log out here.' }, 403);
    c.header('set-cookie', login.leave(asked));
    return c.json(session(undefined));
  });
}

/** Browsers say of every request where it comes from: by Sec-Fetch-Site, which access.ts asks, older ones by Origin. */
function isForeign(asked: Asked): boolean {
  const origin = asked.header('origin');
  if (origin === undefined || asked.header('sec-fetch-site') !== undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== asked.header('host');
}

async function readLogin(
  c: Context,
  isForm: boolean,
): Promise<{ readonly user?: string | undefined; readonly password: string } | undefined> {
  const text = await readBody(askedOfHono(c), maxBodyBytes);
  if (text instanceof Unreadable) return undefined;
  try {
    const value: unknown = isForm ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text);
    return loginBody.safeParse(value).data;
  } catch {
    return undefined;
  }
}
