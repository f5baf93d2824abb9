import { Agent, request } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { connectionAdvice } from '../base/connection-error.ts';
import type { Secret } from '../base/secret.ts';
import { placeOf } from './feed-address.ts';

/** How the plugin answered a batch. */
export interface FeedAnswer {
  readonly status: number;
  /** What `Retry-After` asks for. */
  readonly retryAfterMs?: number;
  /** At most the first 4 KB. */
  readonly body: string;
}

/** Sends one batch to the plugin. Rejects when no answer came. */
export type PostEvents = (body: Buffer, signal: AbortSignal) => Promise<FeedAnswer>;

const maxAnswerBytes = 4096;

/** The way to the plugin. */
export interface FeedSender {
  readonly post: PostEvents;
  /** What is wrong with the plugin, in words; undefined when it answers as it should. Never rejects. */
  health(signal: AbortSignal): Promise<string | undefined>;
  close(): void;
}

const healthTimeoutMs = 3_000;

/** `address` as `feedAddressProblem` accepts it. */
export function postEvents(address: string, token?: Secret): FeedSender {
  const agent = new Agent({ keepAlive: true });
  const place = placeOf(address);
  const headers = {
    'content-type': 'application/vnd.elb-sidekick.events',
    ...(token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` }),
  };
  return {
    post: (body, signal) =>
      new Promise((resolve, reject) => {
        const options = { ...place, agent, signal, method: 'POST', path: '/events' };
        const sending = request({ ...options, headers: { ...headers, 'content-length': body.length } }, (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            if (text.length < maxAnswerBytes) text += chunk;
          });
          response.on('error', reject);
          response.on('end', () => {
            const seconds = Number(response.headers['retry-after']);
            const retryAfterMs = seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {};
            resolve({ status: response.statusCode ?? 0, body: text.slice(0, maxAnswerBytes), ...retryAfterMs });
          });
        });
        sending.on('error', reject);
        sending.end(body);
      }),
    health: (signal) =>
      new Promise((resolve) => {
        const options = { ...place, signal, path: '/health', timeout: healthTimeoutMs };
        const asking = request(options, (response) => {
          response.resume();
          const { statusCode } = response;
          resolve(statusCode === 200 ? undefined : `the Falco plugin at ${address} answered ${statusCode}`);
        });
        asking.on('timeout', () => asking.destroy(new Error('it does not answer')));
        asking.on('error', (error) => resolve(`no Falco plugin at ${address}: ${reasonOf(error)}`));
        asking.end();
      }),
    close: () => agent.destroy(),
  };
}

/** The first wait after a failure, doubled with each further one. */
const firstWaitMs = 250;
const longestWaitMs = 15_000;

/** The plugin answered what no further attempt will change. */
export class FeedRefused extends Error {
  override readonly name = 'FeedRefused';
}

/**
 * Sends a batch until Falco has accepted it: a full queue, a Falco that restarts or is away are waited for as long as it
 * takes. A batch may so reach Falco twice; `awselb.event_id` makes the second alert recognisable. Rejects with
 * `FeedRefused`, and with the signal's reason when it stops the waiting.
 */
export async function sendUntilAccepted(
  post: PostEvents,
  body: Buffer,
  tools: { readonly clock: Clock; readonly waiting?: (cause: Error, waitMs: number) => void },
  signal: AbortSignal,
): Promise<void> {
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    signal.throwIfAborted();
    const { cause, afterMs } = await attempt(post, body, signal);
    if (cause === undefined) return;
    if (cause instanceof FeedRefused) throw cause;
    signal.throwIfAborted();
    const pauseMs = Math.min(afterMs ?? waitMs, longestWaitMs);
    tools.waiting?.(cause, pauseMs);
    await tools.clock.sleep(pauseMs, signal);
  }
}

async function attempt(
  post: PostEvents,
  body: Buffer,
  signal: AbortSignal,
): Promise<{ readonly cause?: Error; readonly afterMs?: number }> {
  try {
    const { status, retryAfterMs, body: said } = await post(body, signal);
    if (status === 200) return {};
    const says = `the Falco plugin answered ${status}: ${said.trim()}`;
    if (status >= 500 || status === 408 || status === 429)
      return { cause: new Error(says), ...(retryAfterMs === undefined ? {} : { afterMs: retryAfterMs }) };
    return {
      cause: new FeedRefused(status === 401 ? `${says}; its init_config and the feed must name one token` : says),
    };
  } catch (error) {
    return { cause: new Error(`no answer from the Falco plugin: ${reasonOf(error)}`) };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed';
  return connectionAdvice(error) ?? error.message;
}
