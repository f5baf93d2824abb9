import type { ListObjectsV2CommandInput, ListObjectsV2CommandOutput, S3Client } from '@aws-sdk/client-s3';
import { explainAws } from '../../aws/trouble.ts';

/** An object as a listing shows it. */
export interface Listed {
  readonly key: string;
  readonly name: string;
  readonly size: number;
  /** Changes when the object is replaced: its ETag. */
  readonly version: string;
  readonly modifiedMs: number | undefined;
}

/** A bucket, to be listed. */
export class S3Bucket {
  readonly client: S3Client;
  readonly bucket: string;
  readonly requestPayer: boolean;

  constructor(client: S3Client, bucket: string, requestPayer: boolean) {
    this.client = client;
    this.bucket = bucket;
    this.requestPayer = requestPayer;
  }

  nameOf(key: string): string {
    return `s3://${this.bucket}/${key}`;
  }

  /** The pages of a listing, each asked for when the one before it is dealt with. */
  async *pages(prefix: string, signal: AbortSignal): AsyncGenerator<readonly Listed[]> {
    let token: string | undefined;
    do {
      const answer = await this.#list({ Prefix: prefix, ContinuationToken: token }, signal);
      yield (answer.Contents ?? []).map(({ Key: key = '', ETag: etag, Size: size = 0, LastModified: modified }) => ({
        key,
        name: this.nameOf(key),
        size,
        version: etag ?? `${modified?.toISOString()} ${size}`,
        modifiedMs: modified?.getTime(),
      }));
      token = answer.IsTruncated === true ? answer.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  /** The names of the folders in a folder, each with its slash. */
  async children(folder: string, signal: AbortSignal): Promise<string[]> {
    const names: string[] = [];
    let token: string | undefined;
    do {
      const answer = await this.#list({ Prefix: folder, Delimiter: '/', ContinuationToken: token }, signal);
      for (const { Prefix: child = '' } of answer.CommonPrefixes ?? []) names.push(child.slice(folder.length));
      token = answer.IsTruncated === true ? answer.NextContinuationToken : undefined;
    } while (token !== undefined);
    return names;
  }

  async #list(
    what: Omit<ListObjectsV2CommandInput, 'Bucket'>,
    signal: AbortSignal,
  ): Promise<ListObjectsV2CommandOutput> {
    const { ListObjectsV2Command } = await import('@aws-sdk/client-s3');
    const command = new ListObjectsV2Command({
      Bucket: this.bucket,
      ...what,
      ...(this.requestPayer ? { RequestPayer: 'requester' } : {}),
    });
    try {
      return await this.client.send(command, { abortSignal: signal });
    } catch (error) {
      // The action that allows listing is named after the older request.
      throw explainAws(error, { action: 's3:ListBucket', on: this.nameOf(what.Prefix ?? '') });
    }
  }
}
