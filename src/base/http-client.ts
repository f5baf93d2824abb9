import type { Clock } from './clock.ts';
import { connectionError } from './connection-error.ts';
import { done, type Outcome, reject, retry } from './outcome.ts';
import { present } from './present.ts';
import type { TlsSettings } from './tls-settings.ts';

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

/** Sends requests to what a config names. */
export interface HttpClient {
  /**
   * Sends one request and reads the answer. Rejects with an error that names the host and what happened to the connection,
   * never the path or a header: those may be secret. Redirects are answers, not followed: what they name was not configured.
   */
  post(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** Resolves when something answers at the URL, whatever it says; a HEAD changes nothing. Rejects as `post` does. */
  reachable(url: string, signal: AbortSignal): Promise<void>;
  /** Why files of `tls` that changed are not in use, and that the client certificate ends soon or has ended. */
  problems(): readonly string[];
  close(): Promise<void>;
}

export interface HttpClientOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Makes the paths of `tls` absolute. */
  readonly resolvePath: (path: string) => string;
  readonly tls?: TlsSettings | undefined;
}

/** What is used of `fetch`: Node's own, and undici's with certificates of one's own. */
interface AnyFetch {
  (
    url: string,
    init: {
      readonly method: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
      readonly redirect: 'manual';
      readonly signal: AbortSignal;
    },
  ): Promise<FetchAnswer>;
}

interface FetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** Rejects with `TlsFilesError` when a file of `tls` cannot be used. No network. */
export async function openHttpClient({ clock, resolvePath, tls }: HttpClientOptions): Promise<HttpClient> {
  const own = tls && (await (await import('./tls-fetch.ts')).openTlsFetch({ tls, resolvePath, clock }));
  const fetching: AnyFetch = own === undefined ? fetch : (url, init) => own.fetch(url, init);
  const failed = (url: string, signal: AbortSignal, error: unknown): unknown => {
    if (signal.aborted) return signal.reason;
    const said = connectionError(url, error, own !== undefined);
    return new Error([said.message, ...(own?.problems() ?? [])].join('; '));
  };
  return {
    async post({ url, method = 'POST', headers, body }, signal) {
      try {
        const response = await fetching(url, { method, headers, body, redirect: 'manual', signal });
        const retryAfterMs = retryAfter(response.headers.get('retry-after'), clock.now());
        return { status: response.status, body: await firstOf(response), ...present({ retryAfterMs }) };
      } catch (error) {
        throw failed(url, signal, error);
      }
    },
    async reachable(url, signal) {
      try {
        await fetching(url, { method: 'HEAD', redirect: 'manual', signal });
      } catch (error) {
        throw failed(url, signal, error);
      }
    },
    problems: () => own?.problems() ?? [],
    close: async () => own?.close(),
  };
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

async function firstOf(response: FetchAnswer): Promise<string> {
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
