import { present } from '../../base/present.ts';
import type { AwsConfig } from '../../aws/client.ts';
import { AwsTrouble } from '../../aws/trouble.ts';
import { reasonToSkip } from './elb-key.ts';
import { daysBetween, endOfLog, logRoot, regionFolders } from './log-days.ts';
import type { Moment } from './moment.ts';
import { type Listed, S3Bucket } from './s3-bucket.ts';
import { openS3 } from './s3-client.ts';
import { readS3Object } from './s3-object.ts';
import type { LogObject, Source, SourceTools } from './source.ts';

/** Where in S3 a person points, and what of it is wanted. */
export interface S3PlaceOptions extends AwsConfig {
  /** Address buckets as endpoint/bucket. */
  readonly path_style: boolean;
  readonly requestPayer: boolean;
  /** The ends of the logs' intervals, as their names say, or else when they appeared; all where absent. */
  readonly since?: Moment | undefined;
  readonly until?: Moment | undefined;
}

/** Downloads begun before their turn: S3 answers after some 30 ms, and gives one connection some 50 MB/s. */
const atOnce = 12;
const stallTimeoutMs = 30_000;
const dayMs = 86_400_000;

/** `s3://bucket/prefix`; undefined for anything else. */
export function parseS3Url(url: string): { readonly bucket: string; readonly prefix: string } | undefined {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(url) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix };
}

/**
 * What lies at `s3://bucket/…`, read once: the logs of all accounts and regions below `AWSLogs/`, of which only the days that
 * are wanted are listed; or a folder that logs were copied to; or one log, or those whose names begin so. What cannot be
 * listed is an object that cannot be read, so that it is reported like any other and the rest goes on.
 */
export async function openS3Place(url: string, options: S3PlaceOptions, tools: SourceTools): Promise<Source> {
  const place = parseS3Url(url);
  if (place === undefined) throw new Error(`expected s3://bucket or s3://bucket/prefix, not ${url}`);
  const client = await openS3(options, options.region, stallTimeoutMs);
  const nowMs = tools.clock.now();
  return new S3Place(
    place.prefix,
    new S3Bucket(client, place.bucket, options.requestPayer),
    { fromMs: options.since?.at(nowMs), toMs: options.until?.at(nowMs) },
    tools,
  );
}

interface Wanted {
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

class S3Place implements Source {
  readonly name = 'command line';
  readonly atOnce = atOnce;
  readonly #prefix: string;
  readonly #bucket: S3Bucket;
  readonly #wanted: Wanted;
  readonly #tools: SourceTools;

  constructor(prefix: string, bucket: S3Bucket, wanted: Wanted, tools: SourceTools) {
    this.#prefix = prefix;
    this.#bucket = bucket;
    this.#wanted = wanted;
    this.#tools = tools;
  }

  close(): Promise<void> {
    this.#bucket.client.destroy();
    return Promise.resolve();
  }

  async *objects(signal: AbortSignal): AsyncGenerator<LogObject> {
    const troubled: LogObject[] = [];
    let found = 0;
    let others = 0;
    try {
      for (const prefix of await this.#prefixes(troubled, signal)) {
        for await (const page of this.#bucket.pages(prefix, signal)) {
          for (const listed of page) {
            if (this.#isWanted(listed)) {
              found++;
              yield this.#object(listed);
            } else others++;
          }
        }
      }
      if (found === 0 && troubled.length === 0) throw await this.#nothing(others, signal);
    } catch (error) {
      if (signal.aborted) return;
      troubled.push(unreadable(this.#bucket.nameOf(this.#prefix), error));
    }
    yield* troubled;
  }

  /** What to list, earlier days first. */
  async #prefixes(troubled: LogObject[], signal: AbortSignal): Promise<readonly string[]> {
    const prefix = this.#prefix;
    const file = prefix.slice(prefix.lastIndexOf('/') + 1);
    if (file.includes('_elasticloadbalancing_') || /\.(log|gz)$/.test(file)) return [prefix];
    const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
    const isAboveLogs = !folder.split('/').includes('AWSLogs');
    if (isAboveLogs && !(await this.#bucket.children(folder, signal)).includes('AWSLogs/')) {
      return [folder];
    }
    const root = logRoot(folder);
    const regions = await regionFolders(
      root,
      async (inside) => {
        try {
          return await this.#bucket.children(inside, signal);
        } catch (error) {
          if (inside === root.root || signal.aborted) throw error;
          troubled.push(unreadable(this.#bucket.nameOf(inside), error));
          return [];
        }
      },
      {},
    );
    const all = this.#days(root.date).flatMap((day) => regions.map((region) => region + day));
    return all.filter((each) => each.startsWith(folder) || folder.startsWith(each));
  }

  /** As keys write them; one that stands for all where nothing says when to begin. */
  #days(date: string): readonly string[] {
    const { fromMs, toMs } = this.#wanted;
    if (fromMs === undefined) return [date];
    // The day in a key is that of delivery: the last logs may have come on the day after.
    const days = daysBetween(fromMs, Math.min(toMs ?? Number.POSITIVE_INFINITY, this.#tools.clock.now()) + dayMs);
    return days.filter((day) => day.startsWith(date));
  }

  /** What else lies in AWS's own folders is left alone; elsewhere everything may be a log. */
  #isWanted({ key, modifiedMs }: Listed): boolean {
    if (key.endsWith('/') || (key.includes('AWSLogs/') && reasonToSkip(key) !== undefined)) return false;
    const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = this.#wanted;
    const endMs = endOfLog(key) ?? modifiedMs;
    return endMs === undefined || (endMs >= fromMs && endMs <= toMs);
  }

  #object({ key, name, size, modifiedMs }: Listed): LogObject {
    return {
      name,
      size,
      ...present({ appearedAtMs: modifiedMs }),
      open: (signal) =>
        readS3Object(
          {
            client: Promise.resolve(this.#bucket.client),
            clock: this.#tools.clock,
            requestPayer: this.#bucket.requestPayer,
            stallTimeoutMs,
          },
          { bucket: this.#bucket.bucket, key },
          signal,
        ),
      settle: () => Promise.resolve(),
    };
  }

  async #nothing(others: number, signal: AbortSignal): Promise<AwsTrouble> {
    const { fromMs, toMs } = this.#wanted;
    const since = fromMs === undefined ? '' : ` since ${sayTime(fromMs)}`;
    const until = toMs === undefined ? '' : ` until ${sayTime(toMs)}`;
    if (others > 0 || since !== '') {
      const left = others === 0 ? '' : `; ${others} other object${others === 1 ? ' lies' : 's lie'} there`;
      return new AwsTrouble(`there is no log of a load balancer${since}${until}${left}`, 'lasting');
    }
    // Credentials for the logs alone may not look beside them.
    const parent = this.#prefix.replace(/[^/]*\/?$/, '');
    const beside = await this.#bucket.children(parent, signal).catch(() => []);
    const there =
      beside.length === 0 ? '' : `; there is ${beside.slice(0, 10).join(', ')} in ${this.#bucket.nameOf(parent)}`;
    return new AwsTrouble(`nothing lies there${there}`, 'lasting');
  }
}

function unreadable(name: string, error: unknown): LogObject {
  const cause = error instanceof Error ? error : new Error(String(error));
  return {
    name,
    open: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(cause) }) }),
    settle: () => Promise.resolve(),
  };
}

function sayTime(ms: number): string {
  return new Date(ms).toISOString().replace('.000', '');
}
