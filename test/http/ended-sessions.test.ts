import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EndedSessions } from '../../src/http/login/ended-sessions.ts';
import type { Session } from '../../src/http/login/session.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const session = (id: string, beganMs = 0): Session => ({
  id,
  user: 'ann',
  proof: 'p',
  beganMs,
  expiresMs: beganMs + 100,
});

it('remembers ended sessions over a restart, and no others', () => {
  const path = join(temporaryFolder(), 'sessions.ended');
  const first = new EndedSessions(path, () => 10);
  first.add(session('one'));
  expect(first.has(session('one'))).toBe(true);
  const second = new EndedSessions(path, () => 10);
  expect(second.has(session('one'))).toBe(true);
  expect(second.has(session('two'))).toBe(false);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('forgets those that would have expired', () => {
  const path = join(temporaryFolder(), 'sessions.ended');
  let nowMs = 0;
  const ended = new EndedSessions(path, () => nowMs);
  ended.add(session('one'));
  nowMs = 100;
  ended.add(session('two', 50));
  expect(new EndedSessions(path, () => nowMs).has(session('one'))).toBe(false);
});

it('ends every session so far when there are more than 2,000 to remember', () => {
  const path = join(temporaryFolder(), 'sessions.ended');
  const remembered = Object.fromEntries(Array.from({ length: 1_999 }, (_, n) => [`session ${n}`, 100]));
  writeFileSync(path, JSON.stringify({ beganBefore: 0, ended: remembered }));
  const ended = new EndedSessions(path, () => 50);
  ended.add(session('the last that there is room for'));
  expect(ended.has(session('another', 50))).toBe(false);
  ended.add(session('one too many'));
  for (const each of [ended, new EndedSessions(path, () => 60)]) {
    expect(each.has(session('another', 50))).toBe(true);
    expect(each.has(session('a new one', 51))).toBe(false);
  }
});

it('ends every session so far when its file is damaged', () => {
  const path = join(temporaryFolder(), 'sessions.ended');
  for (const damaged of ['', 'null', '{}', '{"beganBefore":"x","ended":{}}', '{"beganBefore":0,"ended":{"a":"b"}}']) {
    writeFileSync(path, damaged);
    const ended = new EndedSessions(path, () => 50);
    expect(ended.has(session('before', 49))).toBe(true);
    expect(ended.has(session('after', 50))).toBe(false);
  }
});
