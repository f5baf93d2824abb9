import packageJson from '../../package.json' with { type: 'json' };
import { join, relative } from 'node:path';
import type { AlertIntake } from '../alert/alert-intake.ts';
import { type App, type AppParts, startApp } from '../app.ts';
import { createLog, type Log } from '../base/log.ts';
import { packageRoot } from '../base/package-root.ts';
import { present } from '../base/present.ts';
import { printable } from '../base/printable.ts';
import type { Config } from '../config/config.ts';
import { defaultConfigPath, loadConfig } from '../config/load-config.ts';
import type { IngestResult } from '../detect/ingest.ts';
import { attribution } from '../geoip/attribution.ts';
import { type ExitCode, WrongInput } from './command.ts';
import { Hangups } from './hangups.ts';
import { type Machine, ReaderGone } from './machine.ts';
import { readConfiguredRules } from '../config/configured-rules.ts';
import { withPacked } from '../config/kept-rules.ts';
import { usableRules } from './usable-rules.ts';

export interface RunAppOptions {
  readonly config?: string;
  readonly debug?: true;
}

/** The config that a command is to use. Says on standard error what in it has no meaning here. */
export async function configOf(options: { readonly config?: string }, machine: Machine): Promise<Config> {
  const config = await loadConfig(options.config ?? defaultConfigPath, machine.cwd, machine.env);
  for (const warning of config.warnings) await machine.err.write(`warning: ${printable(warning)}\n`);
  return config;
}

/** `run`: sources, rules and service in one process, until it is stopped. */
export async function run(machine: Machine, options: RunAppOptions): Promise<ExitCode> {
  const config = await configOf(options, machine);
  return untilStopped(machine, config, { service: true, ingest: await ingestPart(machine, config) }, options);
}

/** `serve`: only the service, until it is stopped. */
export async function serve(machine: Machine, options: RunAppOptions): Promise<ExitCode> {
  return untilStopped(machine, await configOf(options, machine), { service: true }, options);
}

/** `ingest`: only sources and rules (or the feed to Falco); ends when the sources do. */
export async function ingestOnly(
  machine: Machine,
  config: Config,
  intake: AlertIntake | undefined,
  options: RunAppOptions,
): Promise<ExitCode> {
  const ingest = await ingestPart(machine, config, intake);
  const { app, stopped } = await start(machine, config, { service: false, ingest }, logOf(machine, options));
  await Promise.race([app.ingested, stopped]);
  const wasStopped = machine.stop.aborted;
  await app.stop();
  const left = sayLeft(await app.ingested);
  if (wasStopped || left === '') return 0;
  await machine.err.write(`Not everything could be read: ${left}. "elb-sidekick status" tells more.\n`);
  return 1;
}

/** With `engine: { kind: falco }` no rules are loaded: Falco has its own. */
async function ingestPart(
  machine: Machine,
  config: Config,
  intake?: AlertIntake,
): Promise<NonNullable<AppParts['ingest']>> {
  if (config.engine.kind === 'falco') return { feed: config.engine.feed };
  const read = await withPacked(await readConfiguredRules(config.rules, machine));
  const rules = await usableRules(read, machine);
  if (config.sources.length > 0 && !rules.rules.some(({ enabled }) => enabled))
    await machine.err.write('warning: logs are read and no rule looks at them; name rules files under `rules_files`\n');
  return present({ rules, read, intake });
}

/** What ingest had to leave, in words; empty when it read everything. */
function sayLeft({ givenUp, unread, failedSources }: IngestResult): string {
  const parts = [];
  if (givenUp > 0) parts.push(`${givenUp} log object${givenUp === 1 ? '' : 's'} given up for good`);
  if (unread > 0) parts.push(`${unread} log object${unread === 1 ? '' : 's'} not read yet: the next start tries again`);
  if (failedSources > 0)
    parts.push(`${failedSources} source${failedSources === 1 ? '' : 's'} unusable, as logged above`);
  return parts.join('; ');
}

async function untilStopped(
  machine: Machine,
  config: Config,
  parts: AppParts,
  options: RunAppOptions,
): Promise<ExitCode> {
  const log = logOf(machine, options);
  const hangups = new Hangups(machine);
  const { app, stopped } = await start(machine, config, parts, log);
  await machine.err.write(welcome(app, config, parts, machine.cwd));
  hangups.act(() => reload(machine, app, parts, log, options));
  const ended = app.ingested.then((result) => sayIngested(machine, parts, result));
  await stopped;
  await hangups.end();
  await machine.err.write('Stopping: delivering what is stored …\n');
  await app.stop();
  await ended;
  await machine.err.write('Stopped. The next start goes on from here.\n');
  return 0;
}

/** Reads the config and its rules again, as the start did, and has the app go over to them; or says why that cannot be. */
async function reload(
  machine: Machine,
  app: App,
  { ingest }: AppParts,
  log: Log,
  options: RunAppOptions,
): Promise<void> {
  try {
    const config = await configOf(options, machine);
    const rules = ingest === undefined ? undefined : await ingestPart(machine, config);
    await app.reload(config, rules && 'rules' in rules ? rules : undefined);
    log.notice('The config was read again and is in use.', { config: config.file });
  } catch (error) {
    log.error('The config was read again and is not used; everything goes on as it was.', {
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}

async function start(
  machine: Machine,
  config: Config,
  parts: AppParts,
  log: Log,
): Promise<{ readonly app: App; readonly stopped: Promise<void> }> {
  const gone = new AbortController();
  const write = async (text: string): Promise<void> => {
    try {
      await machine.out.write(text);
    } catch (error) {
      // `| head` has seen enough: that is a stop like any other.
      if (error instanceof ReaderGone) gone.abort();
      throw error;
    }
  };
  try {
    const app = await startApp(config, parts, {
      clock: machine.clock,
      log,
      version: packageJson.version,
      write,
      stdin: () => machine.stdin(),
    });
    const stop = AbortSignal.any([machine.stop, gone.signal]);
    const stopped = new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      else stop.addEventListener('abort', () => resolve(), { once: true });
    });
    return { app, stopped };
  } catch (error) {
    throw new WrongInput(`elb-sidekick cannot start: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** On standard error: short lines for a person at a terminal, JSON lines for anything else. */
function logOf({ err, clock }: Machine, { debug }: RunAppOptions): Log {
  return createLog({
    level: debug === true ? 'debug' : 'notice',
    readable: err.isTerminal,
    write: (line) => {
      // Nobody reads the log any more: that is no reason to end the service.
      err.write(line).catch(() => undefined);
    },
    now: () => clock.now(),
  });
}

function welcome({ url = '' }: App, config: Config, parts: AppParts, cwd: string): string {
  const lines = [`elb-sidekick ${packageJson.version} listens on ${url} (config ${config.file})`];
  if (config.geoip.embedded) lines.push(`${attribution.text} (${attribution.url}), ${attribution.licence}`);
  const asksToken = config.listen.tokens.length > 0;
  const said = asksToken ? "-H 'Authorization: Bearer TOKEN' " : '';
  const shipped = join(packageRoot, 'samples');
  const below = relative(cwd, shipped);
  const samples = below.startsWith('..') ? shipped : below;
  const rulesRunHere = parts.ingest !== undefined && config.engine.kind !== 'falco';
  const tips = [
    [`curl -X POST ${said}${url}/test`, 'sends a test alert through the outputs'],
    [`curl ${said}${url}/readyz`, 'tells whether each part can do its work'],
    ...(rulesRunHere ? [[`npx elb-sidekick scan --format jsonl ${samples}`, 'alerts as JSON, nothing stored']] : []),
  ];
  const width = Math.max(...tips.map(([command = '']) => command.length));
  lines.push(
    `In a browser, ${url}/ shows the alerts as they come.`,
    'Try, in another terminal:',
    ...tips.map(([command = '', does]) => `  ${command.padEnd(width)}   ${does}`),
  );
  if (config.engine.kind === 'falco' && parts.ingest !== undefined)
    lines.push(`Events go to the Falco plugin at ${config.engine.feed.address}; its Falco runs the rules.`);
  const forFalco = asksToken ? url.replace('://', '://falco:TOKEN@') : url;
  lines.push(
    `Falco: set http_output.url to ${forFalco}/`,
    'Ctrl-C stops; the next start goes on where this one ended.',
    '',
  );
  return `${lines.join('\n')}\n`;
}

async function sayIngested(machine: Machine, parts: AppParts, result: IngestResult): Promise<void> {
  if (parts.ingest === undefined || machine.stop.aborted) return;
  const left = sayLeft(result);
  const said =
    left === ''
      ? 'Every log object that is there has been read, now or by an earlier start.'
      : `The sources have ended, but not everything could be read: ${left}. "elb-sidekick status" tells more.`;
  await machine.err.write(`${said} The service goes on listening.\n`);
}
