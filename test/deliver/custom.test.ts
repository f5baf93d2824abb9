import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.ts';
import { customConfig, withCustom } from '../../src/deliver/custom.ts';
import type { Intake } from '../../src/deliver/intake.ts';
import { anAlert } from '../support/alerts.ts';

function keeping(): { intake: Intake; kept: Alert[] } {
  const kept: Alert[] = [];
  const intake: Intake = {
    accept(alerts) {
      kept.push(...alerts);
      return Promise.resolve();
    },
    receive(alerts) {
      kept.push(...alerts);
      return Promise.resolve(alerts.map(() => 'added'));
    },
  };
  return { intake, kept };
}

describe('what a person adds to every alert', () => {
  const custom = customConfig.parse({
    fields: { cluster: 'prod', 'awselb.request_path': '(overwritten)' },
    templated_fields: { where: '{{ .cluster }}/{{ or (index . "awselb.client_ip") "?" }}' },
    tags: ['team-web', 'scan'],
  });

  it('is put into fields and tags as falcosidekick does, whichever way the alert comes', async () => {
    const { intake, kept } = keeping();
    const alert = anAlert(1, { received: '{}' });
    await withCustom(intake, custom).accept([alert]);
    await withCustom(intake, custom).receive([alert]);
    for (const one of kept) {
      expect(one).toEqual({
        ...alert,
        tags: ['scan', 'team-web', 'web'],
        fields: {
          ...alert.fields,
          cluster: 'prod',
          'awselb.request_path': '(overwritten)',
          where: 'prod/81.2.69.142',
        },
      });
    }
    expect(kept).toHaveLength(2);
  });

  it.each([
    ['<timestamp>|<priority>|<output>', '12:00:00.000000001|Error|x <tags>'],
    ['<output> (<custom_fields>) (<templated_fields>) [<tags>]', 'x <tags> (a=1 b=2) (c=1!) [prod,web]'],
    ['<priority> <nothing>', 'Error <nothing>'],
  ])('makes the output anew as %j says', async (output_format, expected) => {
    const { intake, kept } = keeping();
    const parsed = customConfig.parse({
      fields: { a: '1', b: '2' },
      templated_fields: { c: '{{ .a }}!' },
      tags: ['prod'],
      output_format,
    });
    const alert = anAlert(1, { output: '12:00:00.000000001: Error x <tags>', tags: ['web'] });
    await withCustom(intake, parsed).accept([alert, anAlert(2, { output: 'nothing of Falco’s' })]);
    expect(kept.map(({ output }) => output)).toEqual([expected, 'nothing of Falco’s']);
  });

  it('leaves no empty parentheses at the end of an output', async () => {
    const { intake, kept } = keeping();
    for (const end of [' (<custom_fields>)', ' (<custom_fields> <templated_fields>)', ' <custom_fields>'])
      await withCustom(intake, customConfig.parse({ output_format: `<output>${end}` })).accept([
        anAlert(1, { output: '12:00:00.000000001: Error x' }),
      ]);
    expect(kept.map(({ output }) => output)).toEqual(['x', 'x', 'x']);
  });

  it('takes brackets out of the names of fields', async () => {
    const { intake, kept } = keeping();
    const fields = { 'proc.aname[2]': 'sh', 'fd[x].name[0]': 1, plain: '[kept]' };
    await withCustom(intake, customConfig.parse({ bracket_replacer: '_' })).accept([anAlert(1, { fields })]);
    expect(kept[0]?.fields).toEqual({ 'proc.aname_2': 'sh', 'fd_x.name_0': 1, plain: '[kept]' });
  });

  it('is nothing where nothing is configured', () => {
    const { intake } = keeping();
    expect(withCustom(intake, customConfig.parse({}))).toBe(intake);
  });

  it('is refused in the config where a template cannot be understood', () => {
    const result = customConfig.safeParse({ templated_fields: { a: '{{ range .x }}{{ end }}' } });
    expect(result.error?.issues).toMatchObject([
      { path: ['templated_fields', 'a'], message: expect.stringContaining('range') },
    ]);
  });
});
