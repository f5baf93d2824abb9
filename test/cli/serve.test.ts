import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { elbSidekick } from '../support/fake-machine.ts';
import { writeSmallConfig } from '../support/small-config.ts';
import { pem, startTlsReceiver } from '../support/tls-receiver.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'serve-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function writeTlsConfig(webhook: string): void {
  const config = writeSmallConfig(cwd, {});
  const text = readFileSync(config, 'utf8');
  writeFileSync(config, text.replace('{ kind: stdout, format: jsonl }', `{ kind: webhook, ${webhook} }`));
}

/** Body of a request that a real Falco 0.44.1 made, its time one nanosecond off the round. */
const fromFalco =
  '{"hostname":"vm","output":"23:09:37.029160001: Warning dummy value seen (value=8 str=8 div3=0)","output_fields":{"dummy.divisible[3]":0,"dummy.list":["a",1,true,null],"dummy.none":null,"dummy.strvalue":"8","dummy.value":8,"evt.time":1795216177029160001},"priority":"Warning","rule":"Dummy value seen","source":"dummy_c","tags":["demo","dummy"],"time":"2026-11-20T23:09:37.029160001Z"}';

describe('serve', () => {
  it("stores and prints Falco's request, every digit and every kind of value as it came", async () => {
    writeSmallConfig(cwd, { 'a.log': 'not read by serve' });
    const stop = new AbortController();
    let posted: Promise<Response> | undefined;
    const { code, out, err } = await elbSidekick(['serve', '-c', 'config.yaml'], {
      cwd,
      stop: stop.signal,
      wrote: ({ out, err }) => {
        const url = /listens on (\S+)/.exec(err)?.[1];
        if (url !== undefined)
          posted ??= fetch(url, { method: 'POST', body: fromFalco, headers: { 'content-type': 'application/json' } });
        if (out.includes('\n')) stop.abort();
      },
    });
    expect(code).toBe(0);
    expect((await posted)?.status).toBe(200);
    expect(out).toContain('"evt.time":1795216177029160001}');
    expect(out).toContain('"dummy.list":["a",1,true,null],"dummy.none":null,"dummy.strvalue":"8","dummy.value":8');
    expect(err).not.toContain('has been read');
  });

  it('says how to try it, with the place of the token where one is asked for', async () => {
    const config = writeSmallConfig(cwd, {});
    const welcomed = async (): Promise<string> => {
      const stop = new AbortController();
      const wrote = ({ err }: { readonly err: string }): void => {
        if (err.includes('Ctrl-C stops')) stop.abort();
      };
      const { err } = await elbSidekick(['serve', '-c', 'config.yaml'], { cwd, stop: stop.signal, wrote });
      return err.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST');
    };
    const open = await welcomed();
    expect(open).toContain('In a browser, http://HOST/ shows the alerts as they come.\n');
    expect(open).toContain('  curl -X POST http://HOST/test ');
    expect(open).toContain('set http_output.url to http://HOST/\n');
    const text = readFileSync(config, 'utf8');
    writeFileSync(config, text.replace('port: 0', 'port: 0, tokens: [T0P5ECRET]'));
    const closed = await welcomed();
    expect(closed).toContain("  curl -X POST -H 'Authorization: Bearer TOKEN' http://HOST/test ");
    expect(closed).toContain('set http_output.url to http://falco:TOKEN@HOST/\n');
    expect(closed).not.toContain('T0P5ECRET');
  });

  it('delivers over TLS to a receiver that asks for a certificate', async () => {
    const receiver = await startTlsReceiver({ asksClients: true });
    writeTlsConfig(
      `url: "${receiver.endpoint}", tls: { ca_files: [${pem('ca')}], cert_file: client.crt, key_file: client.key }`,
    );
    copyFileSync(pem('client'), join(cwd, 'client.crt'));
    copyFileSync(pem('client-key'), join(cwd, 'client.key'));
    const stop = new AbortController();
    let posted: Promise<Response> | undefined;
    const { code, err } = await elbSidekick(['serve', '-c', 'config.yaml'], {
      cwd,
      stop: stop.signal,
      wrote: ({ err }) => {
        const url = /listens on (\S+)/.exec(err)?.[1];
        if (url !== undefined) posted ??= post(url, 'small').finally(() => stop.abort());
      },
    });
    expect({ code, warned: err.includes('Take care') }).toEqual({ code: 0, warned: false });
    expect(receiver.received).toMatchObject([{ client: 'client' }]);
  });

  it('does not start without its certificates, and says at each start that it does not check those of a receiver', async () => {
    writeTlsConfig('url: "https://127.0.0.1:1/", tls: { cert_file: client.crt, key_file: client.key }');
    const { code, err } = await elbSidekick(['serve', '-c', 'config.yaml'], { cwd });
    expect(code).not.toBe(0);
    expect(err).toMatch(
      /config\.yaml:\d+:\d+: outputs\[0\]\.tls\.cert_file: .*client\.crt cannot be used: there is no such file/,
    );
    writeTlsConfig('url: "https://127.0.0.1:1/", tls: { check_certificate: false }');
    const stop = new AbortController();
    const unchecked = await elbSidekick(['serve', '-c', 'config.yaml'], {
      cwd,
      stop: stop.signal,
      wrote: ({ err: said }) => {
        if (said.includes('listens on')) stop.abort();
      },
    });
    expect(unchecked.err).toMatch(
      /Take care: .*outputs\[0\]\.tls\.check_certificate: the receiver’s certificate is NOT checked/,
    );
  });

  it('names at /readyz a client certificate that ends soon, and works on', async () => {
    writeTlsConfig(`url: "https://127.0.0.1:1/", tls: { cert_file: ${pem('client')}, key_file: ${pem('client-key')} }`);
    const endMs = Date.parse(new X509Certificate(readFileSync(pem('client'))).validTo);
    const stop = new AbortController();
    let ready: Promise<unknown> | undefined;
    await elbSidekick(['serve', '-c', 'config.yaml'], {
      cwd,
      stop: stop.signal,
      clock: { ...systemClock, now: () => endMs - 86_400_000 },
      wrote: ({ err }) => {
        const url = /listens on (\S+)/.exec(err)?.[1];
        if (url !== undefined)
          ready ??= fetch(`${url}/readyz`)
            .then((answer) => answer.json())
            .finally(() => stop.abort());
      },
    });
    expect(await ready).toMatchObject({
      status: 'ready',
      components: expect.arrayContaining([
        {
          component: 'output webhook',
          ready: false,
          problems: [expect.stringMatching(/client\.pem ends on .*; renew it$/)],
        },
      ]),
    });
  });

  it('tries an output as often as its config says, and no store grows past its limit', async () => {
    const config = writeSmallConfig(cwd, {}, 'store: { max_bytes: 1048576 }');
    const unreachable =
      '[{ kind: webhook, url: "http://127.0.0.1:1/", delivery: { max_tries: 1, give_up_after: 0s, timeout: 5s } }]';
    writeFileSync(config, readFileSync(config, 'utf8').replace('[{ kind: stdout, format: jsonl }]', unreachable));
    const stop = new AbortController();
    let first: Promise<Response> | undefined;
    let full: Promise<Response> | undefined;
    const { err } = await elbSidekick(['serve', '-c', 'config.yaml'], {
      cwd,
      stop: stop.signal,
      wrote: ({ err }) => {
        const url = /listens on (\S+)/.exec(err)?.[1];
        if (url === undefined) return;
        first ??= post(url, 'small');
        // Only then: a full store has no room for the dead letter either.
        if (/dead letter/.test(err)) full ??= postUntilRefused(url).finally(() => stop.abort());
      },
    });
    expect((await first)?.status).toBe(200);
    expect((await full)?.status).toBeGreaterThanOrEqual(500);
    expect(err).toContain('store.max_bytes');
    const { out } = await elbSidekick(['alerts', 'dead', '-c', 'config.yaml'], { cwd });
    expect(out).toMatch(/^\d+ {2}\S+ \S+Z {2}webhook {2}1 try: /);
  });

  it('exits with 1 and says so when its address is taken', async () => {
    writeSmallConfig(cwd, {});
    const stop = new AbortController();
    let second: ReturnType<typeof elbSidekick> | undefined;
    await elbSidekick(['serve', '-c', 'config.yaml'], {
      cwd,
      stop: stop.signal,
      wrote: ({ err }) => {
        const port = /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(err)?.[1];
        if (port === undefined || second !== undefined) return;
        const other = mkdtempSync(join(cwd, 'other-'));
        writeSmallConfig(other, {}, '');
        second = elbSidekick(['serve', '-c', writePort(other, port)], { cwd: other });
        void second.then(() => stop.abort());
      },
    });
    expect(await second).toMatchObject({
      code: 1,
      err: expect.stringMatching(/cannot start: cannot listen on 127\.0\.0\.1:\d+ .*another program/),
    });
  });
});

function post(url: string, output: string): Promise<Response> {
  return fetch(url, { method: 'POST', body: JSON.stringify({ rule: 'Any', priority: 'Warning', output }) });
}

/** Alerts of half a megabyte, until one is not taken; at most eight. */
async function postUntilRefused(url: string): Promise<Response> {
  for (let n = 1; ; n++) {
    const answer = await post(url, `${n} ${'x'.repeat(500_000)}`);
    if (answer.status !== 200 || n === 8) return answer;
  }
}

function writePort(folder: string, port: string): string {
  const config = join(folder, 'config.yaml');
  writeFileSync(config, readFileSync(config, 'utf8').replace('port: 0', `port: ${port}`));
  return config;
}
