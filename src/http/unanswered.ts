import type { Context, Hono } from 'hono';
import type { Log } from '../base/log.ts';

/**
 * The answer to a request that no route has taken: 405 and `Allow` where its path has routes, of other methods, and 404
 * elsewhere, as where a route found nothing under the name that was asked for.
 */
export function answerUnanswered(hono: Hono, log: Log): void {
  hono.notFound((c) => {
    const methods = methodsAt(hono, c.req.path);
    const isWrongMethod = methods.length > 0 && !methods.includes(c.req.method);
    const isPost = c.req.method === 'POST';
    // Falco does not look at the status: without this line a wrong path in its URL would lose alerts in silence.
    if (isPost) log.warning('Something was posted where nothing is; alerts go to /.', { path: c.req.path });
    const hint = isPost ? '; alerts go to POST /.' : '.';
    if (!isWrongMethod) return c.json({ error: `Nothing is here${hint}` }, 404);
    return wrongMethod(c, methods, hint);
  });
}

function wrongMethod(c: Context, methods: readonly string[], hint: string): Response {
  const allow = methods.join(', ');
  return c.json({ error: `This path answers ${allow}, not ${c.req.method}${hint}` }, 405, { allow });
}

/** The methods that have a route at this path. Middleware has none: Hono notes it under ALL. */
function methodsAt({ router, routes }: Hono, path: string): string[] {
  const known = new Set(routes.map(({ method }) => method));
  known.delete('ALL');
  const taken = [...known].filter((method) =>
    router.match(method, path)[0].some(([[, route]]) => route.method === method),
  );
  // Hono answers HEAD by the route of GET.
  return taken.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).sort();
}
