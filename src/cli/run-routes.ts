import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { sayFileError } from '../base/file-error.ts';
import type { Alert } from '../alert/alert.ts';
import { decodeBody } from '../alert/decode-body.ts';
import { Refused } from '../alert/refused.ts';
import { openEnrichment } from '../enrichment.ts';
import { sayDuration } from '../base/duration.ts';
import { stringifyJson } from '../base/json.ts';
import { printable, printableJson } from '../base/printable.ts';
import { withCustom } from '../deliver/custom.ts';
import { createIntake } from '../deliver/intake.ts';
import { createRouter } from '../deliver/routing/route-tree.ts';
import type { RouteDecision, RouteMatch, Throttle } from '../deliver/routing/router.ts';
import type { Config } from '../config/config.ts';
import { type ExitCode, WrongInput } from './command.ts';
import type { Machine } from './machine.ts';
import type { RoutesOptions } from './routes.ts';
import { configOf } from './run-app.ts';

/** More than the service takes of one request, so that a whole scan can be piped in. */
const maxBytes = 256 * 1_048_576;

/** `routes`: exit code 1 when a record is no alert. */
export async function runRoutes(machine: Machine, file: string, options: RoutesOptions): Promise<ExitCode> {
  const config = await configOf(options, machine);
  const text = await readText(machine, file);
  const { records, parts } = decodeBody(text, machine.clock.now());
  const refused = records.flatMap((record, index) => (record instanceof Refused ? [{ record, index }] : []));
  const alerts = records.flatMap((record) => (record === 'skipped' || record instanceof Refused ? [] : [record]));
  const router = createRouter(config.route, new Set(config.outputs.map(({ name }) => name)));
  for (const alert of await asStored(alerts, config, machine)) {
    const decision = router.explain(alert, machine.clock.now());
    await machine.out.write(options.format === 'jsonl' ? decisionJson(alert, decision) : decisionText(alert, decision));
  }
  for (const { record, index } of refused) {
    const where = record.path === '' ? '' : `${record.path}: `;
    await machine.err.write(`record ${index + 1}: ${printable(where + record.reason)}\n`);
  }
  if (parts.length > 0) await machine.err.write(`${parts.length} parts of lines: their other parts are not there\n`);
  return refused.length + parts.length === 0 ? 0 : 1;
}

async function readText(machine: Machine, file: string): Promise<string> {
  const tooLarge = new WrongInput(`${printable(file)} has more than ${maxBytes} bytes; give fewer alerts at once`);
  if (file !== '-') {
    try {
      const bytes = await readFile(resolve(machine.cwd, file));
      if (bytes.byteLength > maxBytes) throw tooLarge;
      return bytes.toString('utf8');
    } catch (error) {
      if (error instanceof WrongInput) throw error;
      throw new WrongInput(`${printable(file)} cannot be read: ${sayFileError(error)}`);
    }
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of machine.stdin()) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The alerts as the service would store them: with custom fields and enrichment, which routes may ask for. */
async function asStored(alerts: readonly Alert[], config: Config, machine: Machine): Promise<readonly Alert[]> {
  const enrichment = await openEnrichment({ ...config, geoip: { ...config.geoip, reloadMs: 0 } }, machine.clock);
  try {
    let stored: readonly Alert[] = [];
    const append = async (taken: readonly Alert[]): Promise<'added'[]> => {
      stored = taken;
      return taken.map(() => 'added');
    };
    const intake = createIntake({ enrichers: enrichment.enrichers, store: { append } });
    await withCustom(intake, config.custom).accept(alerts);
    return stored;
  } finally {
    await enrichment.close();
  }
}

/** The outputs that hear of the alert now, in the order of the routes. */
function outputsOf(decision: RouteDecision): string[] {
  const found = answersIn(decision).flatMap(({ muted, outputs }) => (muted === undefined ? outputs : []));
  return [...new Set(found)];
}

function answersIn({ answer, children }: RouteDecision): RouteMatch[] {
  return [...children.flatMap(answersIn), ...(answer === undefined ? [] : [answer])];
}

function decisionJson({ id, rule }: Alert, decision: RouteDecision): string {
  return `${printableJson(stringifyJson({ id, rule, outputs: outputsOf(decision), decision }))}\n`;
}

function decisionText(alert: Alert, decision: RouteDecision): string {
  const outputs = outputsOf(decision).join(', ');
  return `${[
    `${alert.id}  ${printable(alert.output)}`,
    ...linesOf(decision, '  '),
    `  goes to: ${outputs === '' ? 'nobody' : outputs}`,
  ].join('\n')}\n`;
}

function linesOf({ route, matched, matchers, answer, children }: RouteDecision, indent: string): string[] {
  return [
    `${indent}${route}: ${matched ? 'lets it in' : 'does not let it in'}`,
    ...matchers.map(
      ({ matcher, found, holds }) =>
        `${indent}    ${holds ? 'yes' : 'no '}  ${printable(matcher)}   (found: ${printable(found)})`,
    ),
    ...children.flatMap((child) => linesOf(child, `${indent}  `)),
    ...(answer === undefined ? [] : answerLines(answer, `${indent}    `)),
  ];
}

function answerLines({ outputs, muted, throttles }: RouteMatch, indent: string): string[] {
  return [
    `${indent}→ ${outputs.join(', ') || 'nobody: no output is named'}`,
    ...(muted === undefined ? [] : [`${indent}  muted now: ${printable(muted)}`]),
    ...throttles.map((throttle) => `${indent}  ${sayThrottle(throttle)}`),
  ];
}

function sayThrottle({ shared, burst, renews, waitMs, intervalMs }: Throttle): string {
  if (renews) return `at most ${burst} in ${sayDuration(intervalMs)}, the rest as one summary`;
  const group = Object.entries(shared).map(([name, value]) => `${printable(name)}=${printable(value)}`);
  return `the first at once, then a summary after ${sayDuration(waitMs)} and every ${sayDuration(intervalMs)}; counted with ${group.join(' ') || 'all that lack its fields'}`;
}
