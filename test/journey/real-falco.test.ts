import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { falcoObstacle, type RealFalcoOptions, startRealFalco } from '../falco/real-falco.ts';
import { Child } from '../support/child.ts';
import { elbSidekick } from '../support/fake-machine.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '../..');
const rules = join(root, 'rules/awselb_rules.yaml');
const falco = process.env['FALCO_BINARY'];
const obstacle = falcoObstacle(falco);
const title = 'logs to a real Falco and its alerts back';

async function freeAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

/** The config of both ways: the samples, everything into one file; `engine` is what differs. */
function configIn(folder: string, engine: string): string {
  mkdirSync(folder);
  const file = join(folder, 'config.yaml');
  writeFileSync(
    file,
    `
state_dir: state
listen: { port: 0, tokens: [intake-s3cret] }
engine: ${engine}
sources: [{ name: samples, kind: file, paths: ["${join(root, 'samples')}"] }]
rules_files: ["${rules}"]
append_output: [{ match: { source: awselb }, extra_fields: [awselb.event_id, awselb.object, awselb.line, awselb.client_ip] }]
enrichers: [{ kind: geoip }, { kind: elb }]
outputs: [{ kind: stdout, format: jsonl }]
`,
  );
  return file;
}

interface Delivered {
  readonly id: string;
  readonly rule: string;
  readonly enrichment?: unknown;
}

const alertsOf = (out: string): Delivered[] =>
  out
    .slice(0, out.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Delivered);

const inOrder = (alerts: readonly Delivered[]): string[] => alerts.map(({ id, rule }) => `${id} ${rule}`).sort();

describe.skipIf(obstacle !== undefined)(obstacle === undefined ? title : `${title} (skipped: ${obstacle})`, () => {
  it.each(['HTTP with a token', 'a unix socket'])(
    'over %s: every alert that the embedded engine raises, under the same id, stored, enriched and delivered',
    { timeout: 120_000 },
    async (way) => {
      const folder = temporaryFolder();
      const embedded = configIn(join(folder, 'embedded'), '{ kind: embedded }');
      const stop = new AbortController();
      let ours = '';
      await elbSidekick(['run', '-c', embedded], {
        stop: stop.signal,
        wrote: ({ out, err }) => {
          ours = out;
          if (err.includes('has been read')) stop.abort();
        },
      });
      const expected = inOrder(alertsOf(ours));
      expect(expected.length).toBeGreaterThan(20);

      const options: RealFalcoOptions =
        way === 'a unix socket'
          ? { listen: `unix://${join(folder, 'feed.sock')}` }
          : { listen: await freeAddress(), token: 'feed-s3cret' };
      const token = options.token === undefined ? '' : `, token: ${options.token}`;
      const config = configIn(join(folder, 'fed'), `{ kind: falco, feed: { address: "${options.listen}"${token} } }`);
      // The feed waits until Falco is there.
      const service = new Child(['run', '-c', config], { cwd: folder });
      await service.until(({ err }) => err.includes('takes no events now'));
      const url = /listens on http:\/\/(\S+)/.exec(service.err)?.[1] ?? '';
      const asked = await fetch(`http://${url}/readyz`, { headers: { authorization: 'Bearer intake-s3cret' } });
      expect(await asked.text()).toMatch(/"falco".*no Falco plugin at|no Falco plugin at.*"falco"/);

      const running = await startRealFalco(falco ?? '', folder, [rules], {
        ...options,
        postTo: `http://falco:intake-s3cret@${url}/`,
      });
      onTestFinished(() => running.stop());
      await service.until(({ out }) => alertsOf(out).length >= expected.length);
      await running.stop();
      expect(await service.kill('SIGTERM')).toEqual({ code: 0, signal: null });
      const delivered = alertsOf(service.out);
      expect(inOrder(delivered)).toEqual(expected);
      expect(JSON.stringify(delivered[0]?.enrichment)).toContain('country');
    },
  );
});
