import { describe, expect, it } from 'vitest';
import { isPasswordHash, passwordMatches } from '../../src/base/password.ts';
import { elbSidekick } from '../support/fake-machine.ts';

describe('hash-password', () => {
  it('hashes what stands on standard input, its line end aside', async () => {
    const { code, out } = await elbSidekick(['hash-password'], { stdin: 'pass word\n' });
    expect(code).toBe(0);
    expect(isPasswordHash(out.trim())).toBe(true);
    expect(await passwordMatches('pass word', out.trim())).toBe(true);
    expect(await passwordMatches('pass word\n', out.trim())).toBe(false);
  });

  it('refuses no password, and one that is no password', async () => {
    expect(await elbSidekick(['hash-password'], { stdin: '\n' })).toMatchObject({ code: 1, out: '' });
    expect(await elbSidekick(['hash-password'], { stdin: 'x'.repeat(1001) })).toMatchObject({ code: 1, out: '' });
    expect((await elbSidekick(['hash-password'], { stdin: 'x'.repeat(1000) })).code).toBe(0);
  });
});
