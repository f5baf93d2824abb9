import { describe, expect, it } from 'vitest';
import { createLog, type Log, type LogLevel } from '../../src/base/log.ts';
import { Secret } from '../../src/base/secret.ts';

const now = (): number => Date.parse('2026-11-21T12:34:56.789Z');

function logging(readable: boolean, level: LogLevel = 'debug'): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { log: createLog({ level, readable, write: (line) => lines.push(line), now }), lines };
}

const about = {
  alert: '0a1b',
  token: new Secret('s3cret'),
  error: new Error('cannot connect', { cause: new Error('refused') }),
  bytes: 12n,
  path: '/x y',
};

describe('the log', () => {
  it('is one JSON object a line', () => {
    const { log, lines } = logging(false);
    log.warning('An output failed.', about);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('\n')).toBe(true);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'warning',
      time: '2026-11-21T12:34:56.789Z',
      alert: '0a1b',
      token: '[secret]',
      error: 'cannot connect (refused)',
      bytes: '12',
      path: '/x y',
      message: 'An output failed.',
    });
  });

  it('is short for a person', () => {
    const { log, lines } = logging(true);
    log.notice('Listening.', { url: 'http://127.0.0.1:2801' });
    log.warning('An output failed.', about);
    expect(lines).toEqual([
      '12:34:56 Listening. url=http://127.0.0.1:2801\n',
      '12:34:56 warning: An output failed. alert=0a1b token="[secret]" error="cannot connect (refused)" bytes=12 path="/x y"\n',
    ]);
  });

  it.each([true, false])('lets nobody write a line of his own, nor move the cursor (readable: %s)', (readable) => {
    const { log, lines } = logging(readable);
    log.error('Refused.', { path: '/\n12:00:00 all is well\u001b[2J', 'a\nb': 1 });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.slice(0, -1)).not.toMatch(/[\n\u001b]/);
  });

  it('leaves out what is less urgent than its level', () => {
    const { log, lines } = logging(true, 'warning');
    log.debug('a');
    log.notice('b');
    log.warning('c');
    log.error('d');
    expect(lines).toHaveLength(2);
  });

  it('writes 100 entries of one message in a second, and how many more there were', () => {
    const lines: string[] = [];
    let nowMs = now();
    const log = createLog({ level: 'notice', readable: true, write: (line) => lines.push(line), now: () => nowMs });
    for (let n = 1; n <= 100; n++) log.warning('Refused.', { n });
    expect(lines).toHaveLength(100);
    for (let n = 101; n <= 350; n++) log.warning('Refused.', { n });
    expect(lines).toHaveLength(100);
    log.error('Broken.');
    expect(lines[100]).toBe('12:34:56 error: Broken.\n');
    nowMs += 1_000;
    log.notice('Calm.');
    log.warning('Refused.', { n: 351 });
    expect(lines.slice(101)).toEqual([
      '12:34:57 warning: More entries like one before were left out. of=Refused. entries=250\n',
      '12:34:57 Calm.\n',
      '12:34:57 warning: Refused. n=351\n',
    ]);
  });
});
