import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildApp } from 'fauxqs';

/** S3, SQS, SNS (and with moto also CloudWatch Logs and STS) over HTTP on this machine. */
export interface AwsEmulator {
  readonly endpoint: string;
  stop(): Promise<void>;
}

export interface EmulatorKind {
  readonly name: string;
  /** Why it cannot run here. */
  readonly missing: string | undefined;
  start(): Promise<AwsEmulator>;
}

/** Where `.ci/run` puts it; MOTO_SERVER names another place. */
export const motoServer = process.env['MOTO_SERVER'] ?? join(homedir(), '.cache/elb-sidekick/moto/bin/moto_server');

const fauxqs: EmulatorKind = { name: 'fauxqs', missing: undefined, start: startInProcess };
export const moto: EmulatorKind = {
  name: 'moto',
  missing: existsSync(motoServer) ? undefined : 'moto is not installed: see .ci/run',
  start: startMoto,
};

/** The same tests run against both: what only one of them does is not AWS. */
export const emulatorKinds: readonly EmulatorKind[] = [fauxqs, moto];

/** `describe(titleOf('…', kind))` says why a suite is skipped. */
export function titleOf(title: string, kind: EmulatorKind): string {
  return kind.missing === undefined ? `${title} (${kind.name})` : `${title} (${kind.name}; skipped: ${kind.missing})`;
}

/** The SDK's default chain finds these; nothing of the machine's own AWS set-up is used. */
export function useEmulatorCredentials(): void {
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIAEMULATOR00000000';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'emulator';
  process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
  delete process.env['AWS_SESSION_TOKEN'];
  delete process.env['AWS_PROFILE'];
}

async function startInProcess(): Promise<AwsEmulator> {
  useEmulatorCredentials();
  // Not startFauxqs: it listens on every address of the machine.
  const app = buildApp({ logger: false });
  const endpoint = await app.listen({ port: 0, host: '127.0.0.1' });
  return { endpoint, stop: () => app.close() };
}

async function startMoto(): Promise<AwsEmulator> {
  useEmulatorCredentials();
  const child = spawn(motoServer, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const lines = createInterface(child.stderr);
  const port = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const found = /Running on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`moto_server ended with ${code}`)));
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill();
      await gone;
    },
  };
}
