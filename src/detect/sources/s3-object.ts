import { Readable } from 'node:stream';
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../../base/clock.ts';
import { AwsTrouble, explainAws, statusOf } from '../../aws/trouble.ts';
import { connectionAdvice } from '../../base/connection-error.ts';
import { Unreadable } from './source.ts';

export interface S3Reader {
  /** Opened for the first object. */
  readonly client: Promise<S3Client>;
  readonly clock: Clock;
  /** The requester pays for the request and the transfer. */
  readonly requestPayer: boolean;
  /** A body that brings nothing for so long while it is waited for is dropped and asked for again. */
  readonly stallTimeoutMs: number;
}

/** Broken connections in a row, without a byte between them, after which the read fails. */
const maxBreaksInARow = 4;
const maxBreaks = 20;

/** What tells a broken connection from a failed request: the request may be repeated from the next byte. */
class Broken extends Error {}

/**
 * The bytes of an object, no faster than they are taken. A connection that breaks or stalls is taken up again at the next
 * byte, with If-Match, so that a replaced object is never glued to the one before it. Requests that fail were tried again
 * by the SDK already. Throws `Unreadable` when the object is gone, archived or replaced, else `AwsTrouble`.
 */
export async function* readS3Object(
  { client, clock, requestPayer, stallTimeoutMs }: S3Reader,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { GetObjectCommand } = await import('@aws-sdk/client-s3');
  let offset = 0;
  let etag: string | undefined;
  let breaks = 0;
  let breaksInARow = 0;
  for (;;) {
    signal.throwIfAborted();
    let total: number | undefined;
    try {
      const answer = await (await client).send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          RequestPayer: requestPayer ? 'requester' : undefined,
          ...(offset === 0 ? {} : { Range: `bytes=${offset}-`, IfMatch: etag }),
        }),
        { abortSignal: signal },
      );
      // An S3-alike without ranges answers 200 and begins anew.
      let skip = offset > 0 && answer.ContentRange === undefined ? offset : 0;
      total = answer.ContentLength === undefined ? undefined : answer.ContentLength + offset - skip;
      etag = answer.ETag;
      for await (const chunk of patiently(answer.Body, clock, stallTimeoutMs, signal)) {
        const fresh = skip === 0 ? chunk : chunk.subarray(skip);
        skip -= Math.min(skip, chunk.length);
        if (fresh.length === 0) continue;
        offset += fresh.length;
        breaksInARow = 0;
        yield fresh;
      }
      if (total === undefined || offset >= total) return;
      throw new Broken(`the connection was closed at byte ${offset} of ${total}`);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Broken)) throw explained(error, bucket, key, offset);
      breaks++;
      breaksInARow++;
      if (breaksInARow > maxBreaksInARow || breaks > maxBreaks) {
        const message = `s3://${bucket}/${key} cannot be read to its end: ${error.message}, after ${breaks} broken connections`;
        throw new AwsTrouble(message, 'passing', error);
      }
      await clock.sleep(100 * 2 ** breaksInARow, signal);
    }
  }
}

/** The chunks of a body. Throws Broken when it breaks off, or brings nothing for `stallTimeoutMs` while it is waited for. */
async function* patiently(
  body: GetObjectCommandOutput['Body'],
  clock: Clock,
  stallTimeoutMs: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  if (!(body instanceof Readable)) throw new Broken('the answer has no body');
  const stop = (): void => {
    body.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await orStalled(chunks.next(), clock, stallTimeoutMs);
      if (next === 'stalled') throw new Broken(`nothing came for ${stallTimeoutMs} ms`);
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    if (error instanceof Broken) throw error;
    throw new Broken(connectionAdvice(error) ?? (error instanceof Error ? error.message : String(error)));
  } finally {
    signal.removeEventListener('abort', stop);
    body.destroy();
  }
}

async function orStalled<T>(reading: Promise<T>, clock: Clock, stallTimeoutMs: number): Promise<T | 'stalled'> {
  const arrived = new AbortController();
  // Without this, the read that fails because a stalled body is destroyed would count as unhandled.
  reading.catch(() => {});
  try {
    return await Promise.race([reading, clock.sleep(stallTimeoutMs, arrived.signal).then((): 'stalled' => 'stalled')]);
  } finally {
    arrived.abort();
  }
}

function explained(error: unknown, bucket: string, key: string, offset: number): Error {
  const name = `s3://${bucket}/${key}`;
  const code = error instanceof Error ? error.name : '';
  if (code === 'NoSuchKey' || code === 'NotFound')
    return new Unreadable(`${name} is gone: deleted since it was notified or listed`, { cause: error });
  if (code === 'InvalidObjectState')
    return new Unreadable(`${name} is archived (Glacier): restore it first, then copy it to a new key`, {
      cause: error,
    });
  if (statusOf(error) === 412)
    return new AwsTrouble(`${name} was replaced while it was read (at byte ${offset})`, 'passing', error);
  if (statusOf(error) === 416)
    return new AwsTrouble(`${name} became shorter while it was read (at byte ${offset})`, 'passing', error);
  return explainAws(error, { action: 's3:GetObject', on: name });
}
