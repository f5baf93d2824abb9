import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { elbSidekick } from '../support/fake-machine.ts';
import { writeSmallConfig } from '../support/small-config.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'check-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

describe('check', () => {
  it('finds nothing wrong with what comes along', async () => {
    const { code, out, err } = await elbSidekick(['check']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^config .*default\.yaml: ok\n/);
    expect(out).toMatch(/rules .*awselb_rules\.yaml: ok\n\d+ of \d+ rules enabled\n/);
    expect(out).toMatch(/geoip .*dbip-country\.mmdb: /);
  });

  it('names what is wrong in rules and databases, and changes nothing', async () => {
    writeSmallConfig(cwd, {}, 'geoip: { databases: [missing.mmdb] }');
    writeFileSync(
      join(cwd, 'rules.yaml'),
      '- rule: X\n  desc: x\n  condition: awselb.nothing = 1\n  output: x\n  priority: ERROR\n  source: awselb\n',
    );
    const { code, out } = await elbSidekick(['check', '--config', 'config.yaml'], { cwd });
    expect(code).toBe(1);
    expect(out).toMatch(/^error: rules\.yaml:3:\d+: LOAD_/m);
    expect(out).toMatch(/^error: .*missing\.mmdb/m);
    expect(existsSync(join(cwd, 'state'))).toBe(false);
  });
});
