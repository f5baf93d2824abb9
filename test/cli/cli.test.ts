import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/registry.ts';
import { elbSidekick } from '../support/fake-machine.ts';

describe('the command line', () => {
  it('lists every command under --help, on standard output', async () => {
    const { code, out, err } = await elbSidekick(['--help']);
    expect(code).toBe(0);
    expect(err).toBe('');
    for (const { name } of commands) expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
  });

  it.each(commands.map((command) => [command.name, command] as const))(
    '%s has --help with its examples',
    async (name, command) => {
      const examples = 'actions' in command ? command.actions.flatMap((action) => action.examples) : command.examples;
      const { code, out } = await elbSidekick([name, '--help']);
      expect(code).toBe(0);
      expect(examples.length).toBeGreaterThan(0);
      for (const [call] of examples) {
        expect(out).toContain(call);
        expect(call).toMatch(/^(.* \| )?elb-sidekick/);
      }
    },
  );

  it.each([
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['parse'], /missing required argument/],
    [['parse', '--formt', 'table', 'x'], /unknown option '--formt'.*Did you mean --format/s],
    [['parse', '--format', 'xml', 'x'], /Allowed choices are jsonl, table/],
    [['rules', 'explode'], /unknown command 'explode'/],
    [['rules', 'chek'], /unknown command 'chek'.*Did you mean check/s],
    [['rules', 'test', '--format', 'json'], /unknown option '--format'.*--format is an option of rules check\./s],
    [['rules', 'explain', 'x', '--strict'], /unknown option '--strict'.*--strict is an option of rules check\./s],
    [['rules', 'check', '--rules', 'x'], /unknown option '--rules'.*--rules is an option of rules explain\./s],
    [['alerts', 'show', 'x', '--rule', 'y'], /--rule is an option of alerts tail, alerts dead, alerts replay\./],
    [['alerts', 'replay', '1', '-n', '5'], /-n is an option of alerts tail, alerts dead\./],
    [['alerts', 'tail', '--all'], /--all is an option of alerts replay\./],
    [['alerts', 'dead', '--folow'], /unknown option '--folow'/],
    [['scan', ''], /^an argument is empty; is a variable not set\?/],
    [['ingest', 'logs', ''], /^an argument is empty/],
    [['rules', 'check', ''], /^an argument is empty/],
    [['check', '--rules', 'a.yaml', '--rules', ''], /^--rules is empty; is a variable not set\?/],
    [['serve', '--config', ''], /^--config is empty/],
    [['scan', 's3://b', '--endpoint-url', ''], /^--endpoint-url is empty/],
    [['rules'], /Usage: elb-sidekick rules .*check.*test.*explain/s],
    [['ingest', 'status', '--to', 'http://x', '--debug'], /leave out --to and --debug/],
    [['scan', 'x.log', '--region', 'eu-west-1', '--request-payer'], /--region and --request-payer tell.*none is named/],
  ])('exits with 2 for %j and says how it should be', async (argv, message) => {
    const { code, out, err } = await elbSidekick(argv);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(message);
  });

  it.each(
    commands.flatMap((command) =>
      'actions' in command ? command.actions.map((one) => [command.name, one] as const) : [],
    ),
  )('%s $name has --help of its own, with its options and examples', async (name, action) => {
    const { code, out } = await elbSidekick([name, action.name, '--help']);
    expect(code).toBe(0);
    for (const [call] of action.examples) expect(out).toContain(call);
    expect(out).toContain(`Usage: elb-sidekick ${name} ${action.name}`);
  });

  it('tells its version', async () => {
    expect(await elbSidekick(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});
