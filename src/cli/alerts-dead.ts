import { encodeAlert } from '../alert/falco-json.ts';
import { parseJson, stringifyJson } from '../base/json.ts';
import { printable, printableJson } from '../base/printable.ts';
import type { DeadLetter } from '../deliver/store/alert-store.ts';
import { checkOutput, wantedAlerts, withStore } from './alerts-store.ts';
import type { DeadOptions, ReplayOptions } from './alerts.ts';
import { type ExitCode, WrongCall } from './command.ts';
import type { Machine } from './machine.ts';

/** Dead letters that are held in memory to be filtered. */
const mostAtOnce = 100_000;

/** `alerts dead`: what outputs did not take, the newest last. */
export function listDead(machine: Machine, options: DeadOptions): Promise<ExitCode> {
  return withStore(machine, options, async (store) => {
    const wanted = wantedAlerts(options);
    const found = store.deadLetters(mostAtOnce, options.output).filter(({ alert }) => wanted(alert));
    const shown = found.slice(0, options.lines).reverse();
    for (const letter of shown) {
      await machine.out.write(options.format === 'jsonl' ? letterJson(letter) : letterText(letter));
    }
    if (found.length > shown.length)
      await machine.err.write(`${found.length - shown.length} older ones are not shown; --lines shows more.\n`);
    if (found.length === 0 && options.format === 'text') await machine.err.write('There are no such dead letters.\n');
    return 0;
  });
}

/** `alerts replay`: hands dead letters to their outputs again; a service that runs takes them up at once. */
export function replayDead(machine: Machine, names: readonly string[], options: ReplayOptions): Promise<ExitCode> {
  const numbers = names.map((name) => {
    if (!/^[1-9]\d{0,14}$/.test(name))
      throw new WrongCall(`alerts replay takes numbers of dead letters, as alerts dead prints them, not "${name}"`);
    return Number(name);
  });
  const chosen = numbers.length > 0 || options.output !== undefined || options.all === true;
  if (!chosen) throw new WrongCall('say which: numbers of dead letters, --output NAME, or --all');
  if (numbers.length > 0 && options.all === true) throw new WrongCall('give numbers or --all, not both');
  return withStore(machine, options, async (store, { outputs }) => {
    const known = outputs.map(({ name }) => name);
    checkOutput(options.output, known);
    const wanted = wantedAlerts(options);
    const letters = store
      .deadLetters(mostAtOnce, options.output)
      .filter(({ letter, alert }) => wanted(alert) && (numbers.length === 0 || numbers.includes(letter)));
    const missing = numbers.filter((number) => !letters.some(({ letter }) => letter === number));
    const orphans = letters.filter(({ output }) => !known.includes(output));
    const count = await store.replay(
      undefined,
      letters.filter(({ output }) => known.includes(output)).map(({ letter }) => letter),
    );
    await machine.out.write(
      options.format === 'jsonl'
        ? `${JSON.stringify({ replayed: count, missing, withoutOutput: orphans.map(({ letter }) => letter) })}\n`
        : `${count} dead ${count === 1 ? 'letter goes' : 'letters go'} to ${count === 1 ? 'its output' : 'their outputs'} again; a service that is not running sends them at its next start.\n`,
    );
    if (missing.length > 0)
      await machine.err.write(`No such dead letter: ${missing.join(', ')}; alerts dead lists them.\n`);
    for (const output of new Set(orphans.map((letter) => letter.output))) {
      const of = orphans.filter((letter) => letter.output === output).length;
      await machine.err.write(
        `${of} of the output ${printable(output)} stay: the config has no such output any more.\n`,
      );
    }
    return missing.length > 0 || orphans.length > 0 ? 1 : 0;
  });
}

function letterJson({ letter, output, reason, tries, at, alert }: DeadLetter): string {
  const row = { letter, output, reason, tries, at: new Date(at).toISOString(), alert: parseJson(encodeAlert(alert)) };
  return `${printableJson(stringifyJson(row))}\n`;
}

function letterText({ letter, output, reason, tries, at, alert }: DeadLetter): string {
  const when = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
  const tried = tries === 1 ? '1 try' : `${tries} tries`;
  return [
    `${letter}  ${when}Z  ${printable(output)}  ${tried}: ${printable(reason)}\n`,
    `    ${alert.id}  ${printable(alert.output)}\n`,
  ].join('');
}
