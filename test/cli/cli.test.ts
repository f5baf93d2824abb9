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
    async (name, { examples }) => {
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
  ])('exits with 2 for %j and says how it should be', async (argv, message) => {
    const { code, out, err } = await elbSidekick(argv);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(message);
  });

  it('tells its version', async () => {
    expect(await elbSidekick(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});
