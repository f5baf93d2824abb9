import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

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
  if (!cargo('--version').ok) return 'cargo is not here';
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
  },
);
