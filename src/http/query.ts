import type { Context } from 'hono';
import type { z } from 'zod';
import { askedOfHono } from './asked.ts';
import { readBody, Unreadable } from './body.ts';

const maxBodyBytes = 65_536;

/** The query as the schema has it, or the answer that says what is wrong with it. */
export function readQuery<T extends z.ZodType>(c: Context, schema: T): z.output<T> | Response {
  const query: Record<string, string | string[]> = {};
  for (const [name, values] of Object.entries(c.req.queries()))
    query[name] = values.length === 1 ? (values[0] ?? '') : values;
  return checked(c, schema, query);
}

/** The body as the schema has it. Only `application/json`: a form of another site cannot send that unasked. */
export async function readJson<T extends z.ZodType>(c: Context, schema: T): Promise<z.output<T> | Response> {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
    return c.json({ error: 'Send JSON, with the header Content-Type: application/json.' }, 415);
  const text = await readBody(askedOfHono(c), maxBodyBytes);
  if (text instanceof Unreadable) return c.json({ error: text.reason }, text.status);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return c.json({ error: 'The body is not JSON.' }, 400);
  }
  return checked(c, schema, body);
}

function checked<T extends z.ZodType>(c: Context, schema: T, value: unknown): z.output<T> | Response {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const unknownKeys = issue?.code === 'unrecognized_keys' ? issue.keys : [];
  const path = [...(issue?.path ?? []), ...unknownKeys.slice(0, 1)].join('.');
  const error =
    unknownKeys.length > 0
      ? `There is no parameter ${JSON.stringify(unknownKeys[0]?.slice(0, 60))}.`
      : (issue?.message ?? '');
  return c.json({ error, ...(path === '' ? {} : { path: path.slice(0, 100) }) }, 400);
}
