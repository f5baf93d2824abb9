import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { postEvents } from '../../src/detect/feed-sender.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const library = join(root, 'falco-plugin/target/release/libelb_sidekick.so');

/** Why a real Falco cannot be run; undefined when it can. */
export function falcoObstacle(falco: string | undefined): string | undefined {
  if (falco === undefined) return 'no Falco was named: --falco PATH, or FALCO_BINARY';
  if (!existsSync(falco)) return `there is no Falco at ${falco}`;
  if (!existsSync(library)) return 'the plugin is not built: cd falco-plugin && cargo build --release';
  return undefined;
}

export interface RealFalco {
  /** Where its plugin listens. */
  readonly feed: string;
  /** The bodies of http_output's requests so far, byte for byte. */
  readonly received: Buffer[];
  /** Ends it as a service manager would; resolves once what it still had to deliver was delivered. */
  stop(): Promise<void>;
}

/** How a Falco differs from the usual: a unix socket to feed, and a receiver of its alerts in this process. */
export interface RealFalcoOptions {
  /** The plugin's `open_params`. */
  readonly listen?: string;
  /** What senders must show to the plugin. */
  readonly token?: string;
  /** `http_output.url`, where the alerts go. */
  readonly postTo?: string;
}

/** Runs Falco on config/falco/falco.yaml, with its paths and addresses set to those of this machine and the given rules. */
export async function startRealFalco(
  falco: string,
  folder: string,
  rules: readonly string[],
  options: RealFalcoOptions = {},
): Promise<RealFalco> {
  const received: Buffer[] = [];
  const receiver = await receive(received);
  const here = `http://falco:token@127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const { listen = `unix://${join(folder, 'feed.sock')}`, token, postTo = here } = options;
  const config = parse(readFileSync(join(root, 'config/falco/falco.yaml'), 'utf8')) as Record<string, unknown> & {
    plugins: { init_config: Record<string, unknown>; [key: string]: unknown }[];
    http_output: Record<string, unknown>;
  };
  const [plugin] = config.plugins;
  if (plugin === undefined) throw new Error('config/falco/falco.yaml names no plugin');
  Object.assign(plugin, { library_path: library, open_params: listen });
  plugin.init_config['stateFile'] = join(folder, 'seen');
  if (token !== undefined) plugin.init_config['token'] = token;
  config.http_output['url'] = postTo;
  config['rules_files'] = rules;
  const file = join(folder, 'falco.yaml');
  writeFileSync(file, stringify(config));
  const child = spawn(falco, ['-c', file, '--enable-source', 'awselb'], {
    env: { ...process.env, TZ: 'UTC', FALCO_HOSTNAME: 'host' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const sender = postEvents(listen);
  const patience = AbortSignal.timeout(60_000);
  while ((await sender.health(patience)) !== undefined) {
    if (child.exitCode !== null || patience.aborted) throw new Error(`Falco does not take events:\n${said}`);
    await delay(20);
  }
  sender.close();
  return {
    feed: listen,
    received,
    async stop() {
      await ended(child);
      receiver.close();
      receiver.closeAllConnections();
    },
  };
}

async function receive(received: Buffer[]): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push(Buffer.concat(chunks));
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  await exit;
}
