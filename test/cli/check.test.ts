import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { elbSidekick } from '../support/fake-machine.ts';
import { pem } from '../support/tls-receiver.ts';
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

  it('warns of a config whose logs no rule looks at', async () => {
    const sources = 'sources: [{ name: logs, kind: file, paths: [logs] }]\n';
    writeFileSync(join(cwd, 'config.yaml'), sources);
    const warning = 'warning: logs are read and no rule looks at them';
    expect(await elbSidekick(['check', '--config', 'config.yaml'], { cwd })).toMatchObject({
      code: 0,
      out: expect.stringContaining(warning),
    });
    writeFileSync(join(cwd, 'config.yaml'), `${sources}engine: { kind: falco }\n`);
    expect((await elbSidekick(['check', '--config', 'config.yaml'], { cwd })).out).not.toContain(warning);
  });

  it('counts no rules where none are named', async () => {
    writeFileSync(join(cwd, 'config.yaml'), 'listenport: 2801\n');
    const { code, out } = await elbSidekick(['check', '--config', 'config.yaml'], { cwd });
    expect(code).toBe(0);
    expect(out).toContain('\nno rules_files: alerts come from a Falco elsewhere\n');
    expect(out).not.toContain('rules enabled');
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

  it('names files of TLS that cannot be used with their places in the config, and warns where nothing is checked', async () => {
    writeFileSync(
      join(cwd, 'config.yaml'),
      `outputs:
  - kind: webhook
    url: https://example.com/T0P5ECRET
    tls: { cert_file: client.crt, key_file: ${pem('client-key')} }
  - kind: slack
    webhook_url: https://example.com/T0P5ECRET
    tls: { check_certificate: false }
  - kind: webhook
    name: plain
    url: http://example.com/T0P5ECRET
    tls: { ca_files: [${pem('ca')}] }
`,
    );
    const { code, out } = await elbSidekick(['check', '--config', 'config.yaml'], { cwd });
    expect(code).toBe(1);
    expect(out).toMatch(
      /^error: .*config\.yaml:\d+:\d+: outputs\[0\]\.tls\.cert_file: .*client\.crt cannot be used: there is no such file; check the path$/m,
    );
    expect(out).toMatch(
      /^warning: .*: outputs\[1\]\.tls\.check_certificate: the receiver’s certificate is NOT checked/m,
    );
    expect(out).toMatch(/^warning: .*: outputs\[2\]\.tls: the address begins with http:\/\//m);
    expect(out).not.toContain('T0P5ECRET');
  });
});
