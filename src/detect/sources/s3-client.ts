import type { S3Client } from '@aws-sdk/client-s3';
import { present } from '../../base/present.ts';
import { type S3Config, clientOptions } from '../../aws/client.ts';

/** The region's S3 client for reading. Buckets in another region are found by S3's redirect, at the cost of a request each time. */
export async function openS3(
  config: S3Config,
  region: string | undefined,
  requestTimeoutMs: number,
): Promise<S3Client> {
  const { S3Client: Client } = await import('@aws-sdk/client-s3');
  return new Client({
    ...(await clientOptions(config, requestTimeoutMs)),
    ...present({ region }),
    forcePathStyle: config.path_style,
    followRegionRedirects: true,
    // Bodies are read in pieces where a connection breaks, and gzip brings its own checksum.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
