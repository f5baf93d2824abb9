import { present } from '../../base/present.ts';
import { AwsTrouble } from '../../aws/trouble.ts';
import { logRoot, regionFolders } from './log-days.ts';
import type { S3Bucket } from './s3-bucket.ts';
import type { SourceTools } from './source.ts';

const discoverEveryMs = 10 * 60_000;

/** The accounts and regions that log to a bucket: one folder each, found by listing, looked for again every ten minutes. */
export class LogRegions {
  readonly #bucket: S3Bucket;
  readonly #config: { readonly prefix: string; readonly accounts?: string[]; readonly regions?: string[] };
  readonly #tools: SourceTools;
  #folders: readonly string[] = [];
  #discoveredAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    bucket: S3Bucket,
    { prefix, accounts, regions }: { prefix: string; accounts?: string[] | undefined; regions?: string[] | undefined },
    tools: SourceTools,
  ) {
    this.#bucket = bucket;
    this.#config = { prefix, ...present({ accounts, regions }) };
    this.#tools = tools;
  }

  /** Those found so far, sorted. */
  get folders(): readonly string[] {
    return this.#folders;
  }

  /** Discovers; throws when that fails or nothing is there. */
  async discoverOnce(signal: AbortSignal): Promise<void> {
    await this.#discover(signal);
    if (this.#folders.length === 0) throw await this.#nothingThere(signal);
  }

  /** Discovers when it is due; throws only when it is the first time and a person has to change something. */
  async keepDiscovering(signal: AbortSignal): Promise<void> {
    const nowMs = this.#tools.clock.now();
    if (nowMs - this.#discoveredAtMs < discoverEveryMs) return;
    try {
      await this.#discover(signal);
      if (this.#folders.length === 0) this.#trouble(await this.#nothingThere(signal));
    } catch (error) {
      if (signal.aborted) return;
      const isFirst = this.#discoveredAtMs === Number.NEGATIVE_INFINITY;
      if (isFirst && error instanceof AwsTrouble && error.lasts === 'lasting') throw error;
      this.#trouble(error);
    }
  }

  /** What cannot be listed below the root is reported, and the rest found. */
  async #discover(signal: AbortSignal): Promise<void> {
    const { prefix, ...only } = this.#config;
    const root = logRoot(prefix);
    const found = await regionFolders(
      root,
      async (folder) => {
        try {
          return await this.#bucket.children(folder, signal);
        } catch (error) {
          if (folder === root.root || signal.aborted) throw error;
          this.#trouble(error);
          return [];
        }
      },
      only,
    );
    this.#discoveredAtMs = this.#tools.clock.now();
    this.#folders = [...new Set([...this.#folders, ...found])].sort();
  }

  async #nothingThere(signal: AbortSignal): Promise<AwsTrouble> {
    const { root } = logRoot(this.#config.prefix);
    const parent = root.slice(0, -'AWSLogs/'.length);
    // Credentials for the logs alone may not look beside them.
    const beside = await this.#bucket.children(parent, signal).catch(() => []);
    const there =
      beside.length === 0 ? '' : `. There is ${beside.slice(0, 10).join(', ')} in ${this.#bucket.nameOf(parent)}`;
    return new AwsTrouble(
      `no load balancer has logged to ${this.#bucket.nameOf(root)} yet, or \`prefix\` is not theirs${there}`,
      'lasting',
    );
  }

  #trouble(error: unknown): void {
    this.#tools.report({ kind: 'trouble', cause: error instanceof Error ? error : new Error(String(error)) });
  }
}
