import { stat } from 'node:fs/promises';
import { Agent, fetch, type RequestInit, type Response } from 'undici';
import type { Clock } from './clock.ts';
import { readTlsFiles, type TlsMaterial, tlsFilesOf } from './tls-files.ts';
import type { TlsSettings } from './tls-settings.ts';

/** `fetch` with certificates of one's own. Node's own can neither show one nor trust an authority for some requests only. */
export interface TlsFetch {
  fetch(url: string, init: Omit<RequestInit, 'dispatcher'>): Promise<Response>;
  /** Why changed files are not in use yet, and that the client certificate ends soon or has ended. */
  problems(): readonly string[];
  /** Cuts what is under way. */
  close(): Promise<void>;
}

export interface TlsFetchOptions {
  readonly tls: TlsSettings;
  readonly resolvePath: (path: string) => string;
  readonly clock: Pick<Clock, 'now'>;
}

/** How often, while requests are sent, the files are looked at for changes. A request that failed has the next one look. */
const lookEveryMs = 10_000;

/** Those who renew certificates by themselves do it a week before the end at the latest. */
const soonMs = 7 * 86_400_000;

/** The connections made with one version of the files. */
interface Connections {
  readonly agent: Agent;
  readonly shown: TlsMaterial['shown'];
  /** Requests that may still turn to the agent. */
  asking: number;
  isRetired: boolean;
}

/** Rejects with `TlsFilesError` when a file cannot be used now. Later it goes on with what it has until the files are whole again. */
export async function openTlsFetch({ tls, resolvePath, clock }: TlsFetchOptions): Promise<TlsFetch> {
  const files = tlsFilesOf(tls).map(resolvePath);
  const connect = async (): Promise<Connections> => {
    const { secureContext, shown } = await readTlsFiles(tls, resolvePath);
    const agent = new Agent({ connect: { secureContext, rejectUnauthorized: tls.check_certificate } });
    return { agent, shown, asking: 0, isRetired: false };
  };
  // Before the files themselves: what changes while they are read is read again.
  let version = await versionOf(files);
  let inUse = await connect();
  let lookedMs = clock.now();
  let problem: string | undefined;
  let looking: Promise<void> | undefined;

  const look = async (): Promise<void> => {
    const found = await versionOf(files);
    lookedMs = clock.now();
    if (found === version) {
      problem = undefined;
      return;
    }
    try {
      const next = await connect();
      const before = inUse;
      version = found;
      inUse = next;
      problem = undefined;
      before.isRetired = true;
      endRetired(before);
    } catch (error) {
      // Certificate and key are rarely replaced in the same instant.
      problem = `${error instanceof Error ? error.message : String(error)}; what was there before stays in use`;
    }
  };
  return {
    async fetch(url, init) {
      if (clock.now() - lookedMs >= lookEveryMs) {
        looking ??= look().finally(() => {
          looking = undefined;
        });
        await looking;
      }
      const connections = inUse;
      connections.asking++;
      try {
        return await fetch(url, { ...init, dispatcher: connections.agent });
      } catch (error) {
        lookedMs = Number.NEGATIVE_INFINITY;
        throw error;
      } finally {
        connections.asking--;
        endRetired(connections);
      }
    },
    problems: () => [problem, endOf(inUse.shown, clock.now())].filter((each) => each !== undefined),
    close: () => inUse.agent.destroy(),
  };
}

function endOf(shown: TlsMaterial['shown'], nowMs: number): string | undefined {
  if (shown === undefined || nowMs < shown.untilMs - soonMs) return undefined;
  const word = nowMs < shown.untilMs ? 'ends' : 'has ended';
  return `the certificate in ${shown.file} ${word} on ${new Date(shown.untilMs).toISOString().slice(0, 10)}; renew it`;
}

/** Connections with the old certificate end when the answers that are on their way have come. */
function endRetired({ agent, asking, isRetired }: Connections): void {
  if (isRetired && asking === 0) agent.close().catch(() => undefined);
}

async function versionOf(files: readonly string[]): Promise<string> {
  const versions = files.map(async (file) => {
    try {
      const { size, mtimeMs, ino } = await stat(file);
      return `${size}-${mtimeMs}-${ino}`;
    } catch {
      return 'missing';
    }
  });
  return (await Promise.all(versions)).join();
}
