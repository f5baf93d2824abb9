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
