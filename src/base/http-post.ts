import { done, type Outcome, reject, retry } from './outcome.ts';

export interface HttpRequest {
  readonly url: string;
  readonly method?: 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface HttpAnswer {
  readonly status: number;
  /** What `Retry-After` asks for, milliseconds from now. */
  readonly retryAfterMs?: number;
  /** At most the first 4 KB, less where the answer was cut: its status says what became of the request all the same. */
  readonly body: string;
}

const maxAnswerBytes = 4096;

/**
 * Sends one request and reads the answer. Rejects with an error that names the host and what happened to the connection,
 * never the path or a header: those may be secret. Redirects are answers, not followed: what they name was not configured.
 */
export async function httpPost(request: HttpRequest, signal: AbortSignal, nowMs: number): Promise<HttpAnswer> {
  try {
    const response = await fetch(request.url, {
      method: request.method ?? 'POST',
      headers: request.headers,
      body: request.body,
      redirect: 'manual',
      signal,
    });
    const retryAfterMs = retryAfter(response.headers.get('retry-after'), nowMs);
    const body = await firstOf(response);
    return { status: response.status, body, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  } catch (error) {
    throw signal.aborted ? signal.reason : connectionError(request.url, error);
  }
}

/** Resolves when something answers at the URL, whatever it says; a HEAD changes nothing. Rejects as `httpPost` does. */
export async function reachable(url: string, signal: AbortSignal): Promise<void> {
  try {
    await fetch(url, { method: 'HEAD', redirect: 'manual', signal });
  } catch (error) {
    throw signal.aborted ? signal.reason : connectionError(url, error);
  }
}

/** What an answer means where the protocol says no more than HTTP does. `says` is put behind the status. */
export function outcomeOfStatus({ status, retryAfterMs }: HttpAnswer, says = ''): Outcome {
  if (status >= 200 && status < 300) return done;
  const cause = new Error(`HTTP ${status}${says === '' ? '' : `: ${says}`}`);
  if (status === 408 || status === 425 || status === 429 || status >= 500) return retry(cause, retryAfterMs);
  if (status >= 300 && status < 400)
    return reject(new Error(`HTTP ${status}: the receiver redirects; configure the address that it redirects to`));
  return reject(cause);
}

async function firstOf(response: Response): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= maxAnswerBytes) break;
    }
  } catch {
    // Reset, or out of time in the middle of the answer: sending again what was taken would double it.
  }
  return Buffer.concat(chunks).subarray(0, maxAnswerBytes).toString('utf8');
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3). */
function retryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** undici hides what happened to the socket in `cause`, and may repeat the whole URL in its message. */
function connectionError(url: string, error: unknown): Error {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = inner instanceof Error && 'code' in inner ? inner.code : undefined;
  const host = URL.canParse(url) ? new URL(url).host : 'the configured address';
  return new Error(`no answer from ${host}: ${typeof code === 'string' ? code : 'the connection failed'}`);
}
