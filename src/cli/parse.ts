import { Option } from 'commander';
import { defineCommand, type ExitCode, WrongCall } from './command.ts';
import type { Machine } from './machine.ts';

interface ParseOptions {
  readonly format: 'jsonl' | 'table';
}

export const parse = defineCommand<ParseOptions>({
  name: 'parse',
  about: 'Print log lines as events: every field that a line has a value for',
  examples: [
    ['elb-sidekick parse access.log.gz', 'one JSON object a line'],
    ['elb-sidekick parse --format table samples', 'the main fields of all logs below samples/, in columns'],
    ['zcat *.gz | elb-sidekick parse -', 'standard input'],
  ],
  configure(command) {
    command
      .argument('<path...>', 'files, folders, - for standard input; plain or gzip')
      .addOption(new Option('--format <format>', 'how to print').choices(['jsonl', 'table']).default('jsonl'));
  },
  async run(machine, paths, { format }): Promise<ExitCode> {
    const remote = paths.find((path) => path.startsWith('s3://'));
    if (remote !== undefined)
      throw new WrongCall(`parse reads no bucket; try: aws s3 cp ${remote} - | elb-sidekick parse -`);
    const { namedPaths } = await import('./named-paths.ts');
    const { eventText } = await import('./event-text.ts');
    const source = namedPaths(paths, machine);
    let failed = false;
    if (format === 'table') await machine.out.write(eventText.tableHead);
    for await (const object of source.objects(machine.stop)) {
      const trouble = await printEvents(machine, object, eventText[format]);
      failed ||= trouble;
    }
    return failed ? 1 : 0;
  },
});

type Print = typeof import('./event-text.ts').eventText.jsonl;
type LogObject = import('../detect/sources/source.ts').LogObject;

/** True when the object could not be read to its end. */
async function printEvents(machine: Machine, object: LogObject, print: Print): Promise<boolean> {
  const { done } = await import('../base/outcome.ts');
  const { printable, quoted } = await import('../base/printable.ts');
  const { textOfBytes } = await import('../base/bytes.ts');
  const { readObject } = await import('../detect/read-object.ts');
  const { sayFileError } = await import('../base/file-error.ts');
  const name = printable(object.name);
  let events = '';
  let complaints = '';
  const flush = async (): Promise<void> => {
    const [out, err] = [events, complaints];
    [events, complaints] = ['', ''];
    if (err !== '') await machine.err.write(err);
    if (out !== '') await machine.out.write(out);
  };
  try {
    await readObject(
      object,
      {
        event: (event, format) => {
          events += print(event, format);
        },
        bad: (line, number, { reason, detail }) => {
          const start = detail.includes('"') ? '' : `: ${quoted(textOfBytes(line.slice(0, 200)))}`;
          complaints += `${name}:${number}: ${reason}: ${printable(detail)}${start}\n`;
        },
        blockEnd: flush,
      },
      { lines: 0, events: 0, bytes: 0, testObject: false },
      { signal: machine.stop },
    );
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    if (cause.name === 'ReaderGone') throw cause;
    if (!machine.stop.aborted) complaints += `${name}: ${printable(sayFileError(cause))}\n`;
    return true;
  } finally {
    await flush();
    await object.settle(done);
  }
  return false;
}
