import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';

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
  /** Where its plugin listens: `unix:///…`. */
  readonly feed: string;
  /** The bodies of http_output's requests so far, byte for byte. */
  readonly received: Buffer[];
  /** Ends it as a service manager would; resolves once what it still had to deliver was delivered. */
  stop(): Promise<void>;
}

/** Runs Falco on config/falco/falco.yaml, with its paths and addresses set to those of this machine and the given rules. */
export async function startRealFalco(falco: string, folder: string, rules: readonly string[]): Promise<RealFalco> {
  const received: Buffer[] = [];
  const receiver = await receive(received);
  const socket = join(folder, 'feed.sock');
  const config = parse(readFileSync(join(root, 'config/falco/falco.yaml'), 'utf8')) as Record<string, unknown> & {
    plugins: Record<string, unknown>[];
    http_output: Record<string, unknown>;
  };
  Object.assign(config.plugins[0] ?? {}, { library_path: library, open_params: `unix://${socket}` });
  config.http_output['url'] = `http://falco:token@127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
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
  while (!existsSync(socket)) {
    if (child.exitCode !== null) throw new Error(`Falco ended:\n${said}`);
    await delay(20);
  }
  return {
    feed: `unix://${socket}`,
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
