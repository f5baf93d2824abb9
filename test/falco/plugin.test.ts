import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { FalcoFeed } from '../../src/detect/falco-feed.ts';
import { postEvents } from '../../src/detect/feed-sender.ts';
import { albLine } from '../support/alb-line.ts';
import { objectOf } from '../support/log-objects.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = fileURLToPath(new URL('../../falco-plugin/', import.meta.url));

function cargo(...args: string[]): { readonly ok: boolean; readonly said: string } {
  const { status, error, stdout, stderr } = spawnSync('cargo', args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, RUST_BACKTRACE: '0' },
    maxBuffer: 1 << 26,
  });
  return { ok: status === 0, said: error === undefined ? stdout + stderr : error.message };
}

/** Why the plugin cannot be built here; undefined when it can. */
function obstacle(): string | undefined {
  const { ok, said } = cargo('--version');
  if (!ok) return 'cargo is not here';
  const [, minor = '0'] = /^cargo 1\.(\d+)/.exec(said) ?? [];
  if (Number(minor) < 88) return `${said.trim()} is older than the plugin's 1.88`;
  return cargo('fetch', '--locked').ok ? undefined : 'the crates in Cargo.lock cannot be had here';
}

const skipped = obstacle();

describe.skipIf(skipped !== undefined)(
  `the Falco plugin${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  () => {
    // A first build takes minutes on two cores; later ones find falco-plugin/target.
    it('builds in release mode and passes its own tests, those through the plugin ABI among them', {
      timeout: 1_200_000,
    }, () => {
      const { ok, said } = cargo('test', '--release', '--locked');
      expect(ok, said).toBe(true);
      expect(said).toContain('test an_answer_of_200_means_that_falco_has_taken_every_event ... ok');
    });

    it('takes every event of an object from the feed', { timeout: 600_000 }, async () => {
      const { ok, said } = cargo('build', '--release', '--locked', '--lib', '--examples');
      expect(ok, said).toBe(true);
      const socket = join(temporaryFolder(), 'feed.sock');
      const host = spawn(join(folder, 'target/release/examples/drain'), [`unix://${socket}`], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let printed = '';
      host.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      const ended = new Promise((resolve) => host.once('exit', resolve));
      const sender = postEvents(`unix://${socket}`);
      try {
        while (!existsSync(socket) && host.exitCode === null) await delay(20);
        const feed = new FalcoFeed({ post: sender.post, clock: systemClock, batchBytes: 10_000 });
        const lines = Array.from({ length: 40 }, () => `${albLine()}\n`.repeat(50));
        const { outcome, events } = await feed.read(objectOf('a.log', ...lines), new AbortController().signal);
        expect({ outcome, events }).toEqual({ outcome: { kind: 'done' }, events: 2000 });
        while (!printed.includes('2000\n') && host.exitCode === null) await delay(20);
      } finally {
        sender.close();
        host.stdin.end();
      }
      expect(await ended).toBe(0);
      expect(printed.trim().split('\n').at(-1)).toBe('2000');
    });
  },
);
