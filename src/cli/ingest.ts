import { defineCommand, WrongCall } from './command.ts';

export interface IngestOptions {
  readonly config?: string;
  readonly to?: string;
  readonly store?: true;
  readonly debug?: true;
}

export const ingest = defineCommand<IngestOptions>({
  name: 'ingest',
  about: 'Only sources and rules: send the alerts to a running service, or put them into the store',
  examples: [
    ['elb-sidekick ingest', "the config's sources; alerts to the service at the config's listen address"],
    ['elb-sidekick ingest --to http://alerts.internal:2801', 'alerts to a service elsewhere'],
    ['elb-sidekick ingest status', 'what "elb-sidekick status" tells (a file of that name: ./status)'],
    ['elb-sidekick ingest --store logs', 'a folder; alerts straight into the store, no service needed'],
  ],
  configure(command) {
    command
      .argument('[path...]', "files and folders to read instead of the config's sources; - for standard input")
      .option('-c, --config <file>', 'the config (default: config/default.yaml)')
      .option('--to <url>', "the service's URL; http://any:TOKEN@host where it asks for a token")
      .option('--store', 'write into the store of the config instead')
      .option('--debug', 'log every object');
  },
  async run(machine, paths, { config, ...options }) {
    const given = config === undefined ? {} : { config };
    if (paths.length !== 1 || paths[0] !== 'status')
      return (await import('./run-ingest.ts')).runIngest(machine, paths, { ...given, ...options });
    const meaningless = Object.keys(options).map((name) => `--${name}`);
    if (meaningless.length > 0)
      throw new WrongCall(
        `"ingest status" tells what was read and sends nothing: leave out ${meaningless.join(' and ')}, or write ./status to read a file of that name`,
      );
    return (await import('./run-status.ts')).runStatus(machine, { ...given, format: 'text', limit: '20' });
  },
});
