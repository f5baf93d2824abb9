import { existsSync } from 'node:fs';
import type { Alert } from '../alert/alert.ts';
import { atLeast } from '../alert/priority.ts';
import { didYouMean } from '../base/did-you-mean.ts';
import { printable } from '../base/printable.ts';
import type { Config } from '../config/config.ts';
import { matchesGlob } from '../deliver/routing/matcher.ts';
import type { AlertStore } from '../deliver/store/alert-store.ts';
import { openSqliteStore } from '../deliver/store/sqlite.ts';
import type { AlertsOptions, WantedOptions } from './alerts.ts';
import { type ExitCode, WrongCall, WrongInput } from './command.ts';
import type { Machine } from './machine.ts';
import { configOf } from './run-app.ts';

/** Opens the config's store beside the service that may be running on it, does `work` with it and closes it. */
export async function withStore(
  machine: Machine,
  options: Pick<AlertsOptions, 'config'>,
  work: (store: AlertStore, config: Config) => Promise<ExitCode>,
): Promise<ExitCode> {
  const config = await configOf(options, machine);
  const { path } = config.store;
  if (!existsSync(path))
    throw new WrongInput(
      `there is no alert store at ${printable(path)}: nothing was stored with the config ${printable(config.file)} yet, or --config should name another`,
    );
  const store = openOrRefuse(path, machine);
  try {
    return await work(store, config);
  } finally {
    await store.close();
  }
}

function openOrRefuse(path: string, { clock }: Machine): AlertStore {
  try {
    return openSqliteStore({ path, clock });
  } catch (error) {
    throw new WrongInput(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** What `--priority` and `--rule` let through. */
export function wantedAlerts({ priority, rule }: WantedOptions): (alert: Alert) => boolean {
  return (alert) =>
    (priority === undefined || atLeast(alert.priority, priority)) &&
    (rule === undefined || matchesGlob(alert.rule, rule));
}

/** Throws `WrongCall` where `--output` names none of `known`. */
export function checkOutput(output: string | undefined, known: readonly string[]): void {
  if (output === undefined || known.includes(output)) return;
  const hint = didYouMean(output, known) || `; the outputs are ${known.join(', ') || 'none'}`;
  throw new WrongCall(`there is no output "${output}"${hint}`);
}
