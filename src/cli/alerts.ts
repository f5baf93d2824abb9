import { Option } from 'commander';
import { type Priority, parsePriority, priorities } from '../alert/priority.ts';
import { defineCommand, type ExitCode, WrongCall } from './command.ts';

/** Which alerts, from which store, printed how: what `tail`, `show`, `dead` and `replay` understand alike. */
export interface AlertsOptions {
  readonly config?: string;
  readonly format: 'text' | 'jsonl';
  readonly priority?: Priority;
  readonly rule?: string;
  readonly output?: string;
  readonly lines: number;
  readonly follow?: true;
  readonly all?: true;
}

export const alerts = defineCommand<AlertsOptions>({
  name: 'alerts',
  about: 'Look into the stored alerts, and send again what outputs refused',
  examples: [
    ['elb-sidekick alerts tail', 'the newest twenty; --follow goes on with those that come'],
    ['elb-sidekick alerts tail -n 100 --priority error --rule "SQL*"', 'grave ones of some rules'],
    ['elb-sidekick alerts tail --format jsonl | jq .rule', "Falco's JSON with our enrichment"],
    ['elb-sidekick alerts show 0f1e2d3c4b5a69788796a5b4c3d2e1f0', 'one alert, and what became of it'],
    ['elb-sidekick alerts dead --output slack', 'what slack did not take, and why'],
    ['elb-sidekick alerts replay 17 18', 'hand dead letters to their outputs again'],
    ['elb-sidekick alerts replay --output slack', 'all of one output; --all of every output'],
  ],
  configure(command) {
    command
      .argument('<action>', 'tail, show, dead or replay')
      .argument('[names...]', 'of show: the id of an alert; of replay: numbers of dead letters')
      .option('-c, --config <file>', 'the config whose store it is (default: config/default.yaml)')
      .addOption(new Option('--format <format>', 'how to print').choices(['text', 'jsonl']).default('text'))
      .option('--priority <priority>', 'only this urgent or more', priorityOf)
      .option('--rule <glob>', 'only of these rules; * and ? as in file names')
      .option('--output <name>', 'only what the routes send to this output; of dead and replay: its dead letters')
      .option('-n, --lines <count>', 'of tail and dead: how many at most', countOf, 20)
      .option('-f, --follow', 'of tail: go on with the alerts that come, until Ctrl-C')
      .option('--all', 'of replay: every dead letter that fits');
  },
  async run(machine, [action = '', ...names], options): Promise<ExitCode> {
    const refuseNames = (): void => {
      if (names.length > 0)
        throw new WrongCall(`alerts ${action} takes no name; filter by --rule, --priority, --output`);
    };
    switch (action) {
      case 'tail':
        refuseNames();
        return (await import('./alerts-tail.ts')).tailAlerts(machine, options);
      case 'show':
        return (await import('./alerts-show.ts')).showAlert(machine, names, options);
      case 'dead':
        refuseNames();
        return (await import('./alerts-dead.ts')).listDead(machine, options);
      case 'replay':
        return (await import('./alerts-dead.ts')).replayDead(machine, names, options);
      default:
        throw new WrongCall(`alerts can tail, show, dead or replay, not "${action}"`);
    }
  },
});

function priorityOf(word: string): Priority {
  const priority = parsePriority(word);
  if (priority === undefined) throw new WrongCall(`--priority is one of ${priorities.join(', ')}, not "${word}"`);
  return priority;
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new WrongCall(`--lines is a number from 1 to 9999999, not "${text}"`);
  return Number(text);
}
