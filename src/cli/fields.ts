import { Option } from 'commander';
import { defineCommand, type ExitCode } from './command.ts';

interface FieldsOptions {
  readonly format: 'text' | 'jsonl' | 'markdown';
}

export const fields = defineCommand<FieldsOptions>({
  name: 'fields',
  about: 'List the fields that rules can use on load balancer logs',
  examples: [
    ['elb-sidekick fields', 'every field with its type and meaning'],
    ['elb-sidekick fields url', 'those with "url" in their name or description'],
    ['elb-sidekick fields --format jsonl', 'for programs, one JSON object a line'],
  ],
  configure(command) {
    command
      .argument('[word]', 'list only fields with this word in their name or description')
      .addOption(
        new Option('--format <format>', 'how to print').choices(['text', 'jsonl', 'markdown']).default('text'),
      );
  },
  async run(machine, [word = ''], { format }): Promise<ExitCode> {
    const { catalogue } = await import('../detect/formats/catalogue.ts');
    const { formats } = await import('../detect/formats/registry.ts');
    const wanted = catalogue.filter(({ name, about }) => `${name} ${about}`.toLowerCase().includes(word.toLowerCase()));
    const rows = wanted.map(({ name, type, about }) => ({
      name,
      type,
      about,
      logs: formats.filter((each) => each.fields.some((field) => field.name === name)).map((each) => each.name),
    }));
    if (rows.length === 0) {
      await machine.err.write(`No field has "${word}" in its name or description.\n`);
      return 1;
    }
    switch (format) {
      case 'jsonl':
        await machine.out.write(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
        break;
      case 'markdown':
        await machine.out.write('| field | type | what |\n|---|---|---|\n');
        await machine.out.write(rows.map(({ name, type, about }) => `| \`${name}\` | ${type} | ${about} |\n`).join(''));
        break;
      case 'text': {
        const width = Math.max(...rows.map(({ name }) => name.length));
        const line = ({ name, type, about }: (typeof rows)[number]): string =>
          `${name.padEnd(width)}  ${type.padEnd(7)} ${about}\n`;
        await machine.out.write(rows.map(line).join(''));
      }
    }
    return 0;
  },
});
