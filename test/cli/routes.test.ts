import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeAlert } from '../../src/alert/falco-json.ts';
import { anAlert } from '../support/alerts.ts';
import { elbSidekick } from '../support/fake-machine.ts';
import { writeSmallConfig } from '../support/small-config.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'routes-'));
  writeSmallConfig(
    cwd,
    {},
    `
custom: { fields: { team: shop } }
route:
  outputs: [stdout]
  routes:
    - name: grave
      minimum_priority: error
    - name: shop-from-britain
      match: [team = shop, geoip.client_ip.country = GB]
      group_by: [awselb.client_ip]
      group_interval: 5m
`,
  );
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const routes = (stdin: string, ...args: string[]): ReturnType<typeof elbSidekick> =>
  elbSidekick(['routes', '-', '--config', 'config.yaml', ...args], { cwd, stdin });

describe('routes', () => {
  it('prints what every matcher found in the alert as the service would store it', async () => {
    const { code, out } = await routes(encodeAlert(anAlert()));
    expect(code).toBe(0);
    expect(out.split('\n').slice(1)).toEqual([
      '  root: lets it in',
      '    root/grave: does not let it in',
      '        no   minimum_priority Error   (found: Warning)',
      '    root/shop-from-britain: lets it in',
      '        yes  team = shop   (found: shop)',
      '        yes  geoip.client_ip.country = GB   (found: GB)',
      '        → stdout',
      '          the first at once, then a summary after 5 min and every 5 min; counted with awselb.client_ip=81.2.69.142',
      '  goes to: stdout',
      '',
    ]);
  });

  it('prints one decision a line as jsonl, for each alert of a file', async () => {
    writeFileSync(
      join(cwd, 'alerts.jsonl'),
      `${encodeAlert(anAlert(1))}\n${encodeAlert(anAlert(2, { priority: 'Critical' }))}\n`,
    );
    const { out } = await elbSidekick(['routes', 'alerts.jsonl', '-c', 'config.yaml', '--format', 'jsonl'], { cwd });
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { rule: 'Path scan', outputs: ['stdout'], decision: { route: 'root', children: [{ matched: false }, {}] } },
      { outputs: ['stdout'], decision: { children: [{ route: 'root/grave', answer: { outputs: ['stdout'] } }] } },
    ]);
  });

  it('says that nobody hears of a muted alert, and why', async () => {
    writeSmallConfig(
      cwd,
      {},
      'route: { outputs: [stdout], mute: [{ reason: "our own \\x1b scanner", match: [rule = Path scan] }] }',
    );
    const { out } = await routes(encodeAlert(anAlert()));
    expect(out).toMatch(/muted now: our own \\x1b scanner/);
    expect(out).toMatch(/goes to: nobody\n$/);
  });

  it('lets no alert steer the terminal', async () => {
    const hostile = encodeAlert(anAlert(1, { output: 'x\u009b2J\u202e', fields: { team: '\u001b[2J' } }));
    for (const format of ['text', 'jsonl'])
      expect((await routes(hostile, '--format', format)).out).toMatch(/^[\n\x20-\x7e→]*$/);
  });

  it('exits with 1 when a record is no alert, and decides on the others', async () => {
    const { code, out, err } = await routes(`[{"rule":"x"},${encodeAlert(anAlert())}]`);
    expect(code).toBe(1);
    expect(err).toMatch(/^record 1: priority: An alert needs a priority/);
    expect(out).toMatch(/goes to: stdout/);
  });

  it('names the file that cannot be read', async () => {
    const { code, err } = await elbSidekick(['routes', 'none.json', '-c', 'config.yaml'], { cwd });
    expect(code).toBe(1);
    expect(err).toMatch(/^none\.json cannot be read: there is no such file or folder$/m);
  });
});
