import { type Command, Option } from 'commander';
import { type Priority, parsePriority, priorities } from '../alert/priority.ts';
import { type CommandGroup, defineCommand, WrongCall } from './command.ts';

/** Which store, printed how. */
export interface AlertsOptions {
  readonly config?: string;
  readonly format: 'text' | 'jsonl';
}

/** Which of its alerts. */
export interface WantedOptions extends AlertsOptions {
  readonly priority?: Priority;
  readonly rule?: string;
  readonly output?: string;
}

export interface TailOptions extends WantedOptions {
  readonly lines: number;
  readonly follow?: true;
}

export interface DeadOptions extends WantedOptions {
  readonly lines: number;
}

export interface ReplayOptions extends WantedOptions {
  readonly all?: true;
}

const tail = defineCommand<TailOptions>({
  name: 'tail',
  about: 'Print the newest alerts, the newest last',
  examples: [
    ['elb-sidekick alerts tail', 'the newest twenty; --follow goes on with those that come'],
    ['elb-sidekick alerts tail -n 100 --priority error --rule "SQL*"', 'grave ones of some rules'],
    ['elb-sidekick alerts tail --format jsonl | jq .rule', "Falco's JSON with our enrichment"],
  ],
  configure(command) {
    wanted(ofStore(command), 'only what the routes send to this output')
      .option('-n, --lines <count>', 'how many at most', countOf, 20)
      .option('-f, --follow', 'go on with the alerts that come, until Ctrl-C')
      .allowExcessArguments();
  },
  async run(machine, names, options) {
    refuseNames('tail', names);
    return (await import('./alerts-tail.ts')).tailAlerts(machine, options);
  },
});

const show = defineCommand<AlertsOptions>({
  name: 'show',
  about: 'Print one alert, and what became of it',
  examples: [['elb-sidekick alerts show 0f1e2d3c4b5a69788796a5b4c3d2e1f0', 'one alert, and what became of it']],
  configure(command) {
    ofStore(command).argument('<id>', 'the id of an alert, as alerts tail prints it');
  },
  run: async (machine, [id = ''], options) => (await import('./alerts-show.ts')).showAlert(machine, id, options),
});

const dead = defineCommand<DeadOptions>({
  name: 'dead',
  about: 'List the dead letters: what outputs did not take, and why; the newest last',
  examples: [['elb-sidekick alerts dead --output slack', 'what slack did not take, and why']],
  configure(command) {
    wanted(ofStore(command), 'only dead letters of this output')
      .option('-n, --lines <count>', 'how many at most', countOf, 20)
      .allowExcessArguments();
  },
  async run(machine, names, options) {
    refuseNames('dead', names);
    return (await import('./alerts-dead.ts')).listDead(machine, options);
  },
});

const replay = defineCommand<ReplayOptions>({
  name: 'replay',
  about: 'Hand dead letters to their outputs again',
  examples: [
    ['elb-sidekick alerts replay 17 18', 'hand dead letters to their outputs again'],
    ['elb-sidekick alerts replay --output slack', 'all of one output; --all of every output'],
  ],
  configure(command) {
    wanted(ofStore(command), 'only dead letters of this output')
      .argument('[number...]', 'dead letters, as alerts dead numbers them')
      .option('--all', 'every dead letter that fits');
  },
  run: async (machine, numbers, options) => (await import('./alerts-dead.ts')).replayDead(machine, numbers, options),
});

export const alerts: CommandGroup = {
  name: 'alerts',
  about: 'Look into the stored alerts, and send again what outputs refused',
  actions: [tail, show, dead, replay],
};

function ofStore(command: Command): Command {
  return command
    .option('-c, --config <file>', 'the config whose store it is (default: config/default.yaml)')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'jsonl']).default('text'));
}

function wanted(command: Command, ofOutput: string): Command {
  return command
    .option('--priority <priority>', 'only this urgent or more', priorityOf)
    .option('--rule <glob>', 'only of these rules; * and ? as in file names')
    .option('--output <name>', ofOutput);
}

function refuseNames(action: string, names: readonly string[]): void {
  if (names.length > 0) throw new WrongCall(`alerts ${action} takes no name; filter by --rule, --priority, --output`);
}

function priorityOf(word: string): Priority {
  const priority = parsePriority(word);
  if (priority === undefined) throw new WrongCall(`--priority is one of ${priorities.join(', ')}, not "${word}"`);
  return priority;
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new WrongCall(`--lines is a number from 1 to 9999999, not "${text}"`);
  return Number(text);
}
