import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';

const main = join(import.meta.dirname, '../../src/main.ts');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** `elb-sidekick …` as a process of its own; it does not outlive its test. */
export class Child {
  readonly #process: ChildProcessByStdio<null, Readable, Readable>;
  #out = '';
  #err = '';
  readonly ended: Promise<Ended>;
  #watchers: (() => void)[] = [];

  constructor(
    args: readonly string[],
    options: {
      readonly cwd: string;
      readonly env?: Readonly<Record<string, string>>;
      /** No file of the process may grow past so many bytes: a disk that is full, as the kernel tells it. */
      readonly maxFileBytes?: number;
    },
  ) {
    const { maxFileBytes } = options;
    const command = [process.execPath, main, ...args];
    // POSIX counts in blocks of 512 bytes.
    const limited = maxFileBytes === undefined ? [] : ['-c', `ulimit -f ${maxFileBytes / 512}; exec "$@"`, 'sh'];
    const [program = '', ...more] = maxFileBytes === undefined ? command : ['sh', ...limited, ...command];
    this.#process = spawn(program, more, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => {
      this.#process.kill('SIGKILL');
    });
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
      this.#look();
    });
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
      this.#look();
    });
    this.ended = new Promise((resolve) => {
      this.#process.on('close', (code, signal) => {
        resolve({ code, signal });
        this.#look();
      });
    });
  }

  get out(): string {
    return this.#out;
  }

  get err(): string {
    return this.#err;
  }

  /** Resolves when what was printed is enough; rejects with it when the process ends before. */
  async until(enough: (child: Child) => boolean): Promise<void> {
    let ended = false;
    void this.ended.then(() => {
      ended = true;
    });
    while (!enough(this)) {
      if (ended) throw new Error(`the process ended too early; it had printed:\n${this.#out}${this.#err}`);
      await new Promise<void>((resolve) => {
        this.#watchers.push(resolve);
      });
    }
  }

  kill(signal: NodeJS.Signals): Promise<Ended> {
    this.#process.kill(signal);
    return this.ended;
  }

  /** Reads nothing more of its standard output, as `| head` does. */
  closeOut(): void {
    this.#process.stdout.destroy();
  }

  #look(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }
}
