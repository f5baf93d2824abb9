import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { elbSidekick } from '../support/fake-machine.ts';
import { writeSmallConfig } from '../support/small-config.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'serve-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

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

function writePort(folder: string, port: string): string {
  const config = join(folder, 'config.yaml');
  writeFileSync(config, readFileSync(config, 'utf8').replace('port: 0', `port: ${port}`));
  return config;
}
