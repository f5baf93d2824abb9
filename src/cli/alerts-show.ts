import type { Alert, Fields } from '../alert/alert.ts';
import { parseJson, stringifyJson } from '../base/json.ts';
import { encodeAlert } from '../alert/falco-json.ts';
import { printable, printableJson } from '../base/printable.ts';
import type { Config } from '../config/config.ts';
import { createRouter } from '../deliver/routing/route-tree.ts';
import type { AlertStore, StoredAlert } from '../deliver/store/alert-store.ts';
import { withStore } from './alerts-store.ts';
import type { AlertsOptions } from './alerts.ts';
import { type ExitCode, WrongInput } from './command.ts';
import type { Machine } from './machine.ts';

/** Dead letters that are looked through for those of the alert. */
const lettersLookedAt = 10_000;

/** `alerts show ID`: everything the store knows of one alert. */
export function showAlert(machine: Machine, id: string, options: AlertsOptions): Promise<ExitCode> {
  return withStore(machine, options, async (store, config) => {
    const letters = store.deadLetters(lettersLookedAt).filter(({ alert }) => alert.id === id);
    const stored = store.get(id) ?? letters[0];
    if (stored === undefined)
      throw new WrongInput(`no alert with the id ${printable(id)} is in the store ${printable(config.store.path)}`);
    const fates = [
      ...outputFates(stored, store, config, machine.clock.now()),
      ...letters.map(({ output, letter, tries, reason }) => ({
        output,
        fate: `dead letter ${letter} after ${tries} tries: ${reason}`,
      })),
    ];
    await machine.out.write(
      options.format === 'jsonl'
        ? `${printableJson(stringifyJson({ alert: parseJson(encodeAlert(stored.alert)), outputs: fates }))}\n`
        : alertText(stored.alert, fates),
    );
    return 0;
  });
}

interface Fate {
  readonly output: string;
  readonly fate: string;
}

/** How far each output that the routes name for the alert has come. */
function outputFates({ position, alert }: StoredAlert, store: AlertStore, config: Config, nowMs: number): Fate[] {
  const { readers } = store.stats();
  const router = createRouter(config.route, new Set(config.outputs.map(({ name }) => name)));
  const answers = router.match(alert, nowMs);
  return [...new Set(answers.flatMap(({ outputs }) => outputs))].map((output) => ({
    output,
    fate: (readers[output] ?? 0) >= position ? 'dealt with: sent, summed up, muted or a dead letter' : 'yet to come',
  }));
}

function alertText(alert: Alert, fates: readonly Fate[]): string {
  const { id, time, rule, priority, source, hostname, tags, output, fields, enrichment } = alert;
  const rows: [string, string][] = [
    ['id', id],
    ['time', time],
    ['rule', rule],
    ['priority', priority],
    ['source', source],
    ...(hostname === undefined ? [] : [['hostname', hostname] satisfies [string, string]]),
    ['tags', tags.join(', ')],
    ['output', output],
  ];
  return [
    table(rows),
    section('output_fields', rowsOf(fields)),
    section('enrichment', rowsOf(enrichment ?? {})),
    section(
      'outputs',
      fates.map(({ output: name, fate }) => [name, fate]),
    ),
  ].join('');
}

function rowsOf(fields: Fields): [string, string][] {
  return Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : stringifyJson(value),
  ]);
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  return rows.length === 0 ? '' : `${title}\n${table(rows, '  ')}`;
}

/** A name as long as an attacker likes must not push the other values out of sight. */
const widest = 40;

function table(rows: readonly (readonly [string, string])[], indent = ''): string {
  const width = Math.min(widest, Math.max(...rows.map(([name]) => name.length)));
  return rows.map(([name, value]) => `${indent}${printable(name).padEnd(width)}  ${printable(value)}\n`).join('');
}
