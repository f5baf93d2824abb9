import { isAbsolute, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AlertIntake } from '../alert/alert-intake.ts';
import { encodeAlert } from '../alert/falco-json.ts';
import { connectionAdvice } from '../base/connection-error.ts';
import type { Config } from '../config/config.ts';
import { fingerprintOf } from '../config/kinds.ts';
import { file } from '../detect/sources/file.ts';
import { type ExitCode, WrongCall, WrongInput } from './command.ts';
import type { IngestOptions } from './ingest.ts';
import type { Machine } from './machine.ts';
import { configOf, ingestOnly } from './run-app.ts';

/** `ingest`: reads the sources to their end, or until it is stopped. */
export async function runIngest(machine: Machine, paths: readonly string[], options: IngestOptions): Promise<ExitCode> {
  if (options.store === true && options.to !== undefined) throw new WrongCall('write either --to or --store');
  const config = withPaths(await configOf(options, machine), paths, machine.cwd);
  if (config.sources.length === 0)
    throw new WrongInput(`there is nothing to read: name files or folders, or \`sources\` in ${config.file}`);
  if (config.engine.kind === 'falco') {
    if (options.store === true || options.to !== undefined)
      throw new WrongCall(
        'with engine: { kind: falco } alerts come from that Falco: set its http_output.url, not --to or --store',
      );
    return ingestOnly(machine, config, undefined, options);
  }
  const { host, port } = config.listen;
  const url = options.to ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new WrongCall(`--to wants a URL such as http://127.0.0.1:2801, not ${url}`);
  const intake = options.store === true ? undefined : httpIntake(url, machine.stop);
  return ingestOnly(machine, withEventIds(config), intake, options);
}

function withPaths(config: Config, paths: readonly string[], cwd: string): Config {
  if (paths.length === 0) return config;
  // Absolute: `access.log` is another file in another folder, and must not have its alert ids.
  const absolute = paths.map((path) => (path === '-' || isAbsolute(path) ? path : resolve(cwd, path)));
  const source = { name: 'command-line', kind: file, config: file.config.parse({ paths: absolute }) };
  return { ...config, sources: [{ ...source, fingerprint: fingerprintOf(absolute) }] };
}

/** The service computes an alert's id from `awselb.event_id`: without it a second delivery would not be recognised. */
function withEventIds(config: Config): Config {
  const eventIds = { match: { source: 'awselb' }, extraFields: ['awselb.event_id'] };
  return { ...config, rules: { ...config.rules, appendOutput: [...config.rules.appendOutput, eventIds] } };
}

const maxBatch = 500;
const tries = 6;
const timeoutMs = 30_000;

/**
 * The door of a service in another process: `POST /` with a JSON array. A batch, even of one, is answered once it is synced
 * to disk; an alert alone, as Falco posts it, may be answered earlier.
 */
function httpIntake(url: string, stop: AbortSignal): AlertIntake {
  const { username, password, href, origin } = new URL(url);
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (username !== '' || password !== '') {
    headers['authorization'] =
      `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
  }
  const target = username === '' && password === '' ? href : href.replace(/\/\/[^@/]*@/, '//');
  const post = async (body: string): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      const problem = await tryOnce(target, headers, body, origin);
      if (problem === undefined) return;
      if (!problem.again || attempt >= tries || stop.aborted) throw new Error(problem.message);
      await sleep(100 * 2 ** attempt);
    }
  };
  return {
    async accept(alerts) {
      for (let start = 0; start < alerts.length; start += maxBatch) {
        await post(
          `[${alerts
            .slice(start, start + maxBatch)
            .map(encodeAlert)
            .join(',')}]`,
        );
      }
    },
  };
}

interface PostProblem {
  readonly message: string;
  readonly again: boolean;
}

async function tryOnce(
  url: string,
  headers: Record<string, string>,
  body: string,
  origin: string,
): Promise<PostProblem | undefined> {
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    if (response.ok && !/"refused":[1-9]/.test(text)) return undefined;
    const message = `the service at ${origin} answered ${response.status}: ${text.slice(0, 300)}`;
    return { message, again: response.status >= 500 || response.status === 429 };
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError';
    const why = late ? `no answer within ${timeoutMs / 1000} s` : (connectionAdvice(error) ?? 'the connection failed');
    return {
      message: `the service at ${origin} cannot be reached: ${why}; is "elb-sidekick serve" running there?`,
      again: true,
    };
  }
}
