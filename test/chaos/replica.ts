import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ruleFor503 } from '../support/ingest-app.ts';

const program = join(import.meta.dirname, '../../src/main.ts');

/** One `ingest` process of the real program, with a state folder that outlives it. */
export class Replica {
  readonly name: string;
  readonly #args: readonly string[];
  readonly #log: string;
  #child: ChildProcess | undefined;

  constructor(folder: string, name: string, sources: string, serviceUrl: string) {
    this.name = name;
    const own = join(folder, name);
    mkdirSync(own, { recursive: true });
    const config = join(own, 'config.yaml');
    writeFileSync(join(own, 'rules.yaml'), ruleFor503);
    writeFileSync(config, `state_dir: state\nrules_files: [rules.yaml]\n${sources}`);
    this.#log = join(own, 'log');
    this.#args = [program, 'ingest', '--config', config, '--to', serviceUrl];
  }

  start(): void {
    const child = spawn(process.execPath, this.#args, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.pipe(createWriteStream(this.#log, { flags: 'a' }));
    this.#child = child;
  }

  /** `kill -9`, and a fresh start. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
    this.start();
  }

  /** Asks it to stop, as a service manager does. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}
