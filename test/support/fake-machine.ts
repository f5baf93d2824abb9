import { type Clock, systemClock } from '../../src/base/clock.ts';
import { type ExitCode } from '../../src/cli/command.ts';
import { runCli } from '../../src/cli/cli.ts';
import { type Machine, ReaderGone, type Writer } from '../../src/cli/machine.ts';

export interface CliRun {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

export interface FakeMachineOptions {
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard output is closed by its reader after so many writes. */
  readonly closesAfter?: number;
  readonly stop?: AbortSignal;
  readonly clock?: Clock;
  /** Given what a SIGHUP calls. */
  readonly hangup?: (listener: () => void) => void;
  /** Called after each write with all that was printed so far. */
  readonly wrote?: (printed: { readonly out: string; readonly err: string }) => void;
  /** True: standard error is a terminal. */
  readonly watched?: boolean;
}

/** Runs one command line in this process and gives what it printed. */
export async function elbSidekick(argv: readonly string[], options: FakeMachineOptions = {}): Promise<CliRun> {
  const printed = { out: '', err: '' };
  let left = options.closesAfter ?? Number.POSITIVE_INFINITY;
  const writer = (to: 'out' | 'err', isTerminal: boolean): Writer => ({
    isTerminal,
    columns: 100,
    write: async (text) => {
      if (to === 'out' && left-- <= 0) throw new ReaderGone('closed');
      printed[to] += typeof text === 'string' ? text : Buffer.from(text).toString();
      options.wrote?.(printed);
    },
  });
  const machine: Machine = {
    out: writer('out', false),
    err: writer('err', options.watched ?? false),
    stdin: async function* () {
      yield typeof options.stdin === 'string' ? Buffer.from(options.stdin) : (options.stdin ?? Buffer.alloc(0));
    },
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    clock: options.clock ?? systemClock,
    hostname: 'testhost',
    stop: options.stop ?? new AbortController().signal,
    onHangup: (listener) => options.hangup?.(listener),
  };
  const code = await runCli(argv, machine);
  return { code, ...printed };
}
