import { expect, it } from 'vitest';
import { threadsAskedFor } from '../../src/cli/early-threads.ts';

it('tells how many threads a scan asks for that prints text', () => {
  expect(threadsAskedFor(['scan', '--threads', '2', 'logs'])).toBe(2);
  expect(threadsAskedFor(['scan', 'logs', '--format', 'text', '--threads=64'])).toBe(64);
  expect(threadsAskedFor(['scan', '--threads', '0', 'logs'])).toBe(0);
  expect(threadsAskedFor(['scan', '--threads', '2', '--threads', '3', 'logs'])).toBe(3);
});

it('tells nothing where that is not sure, or no thread is needed', () => {
  const lines = ['', 'run', 'run --threads 2', 'scan', 'scan logs', 'scan --threads 1 logs', 'scan logs --threads'];
  const wrong = ['--threads 65', '--threads -1', '--threads two', '--threadsX 2', '--threads=', '--threads 2 -h'];
  const whole = ['--threads 2 --format jsonl', '--threads 2 --format=jsonl', '--threads 2 --explain'];
  for (const line of [...lines, ...[...wrong, ...whole].map((words) => `scan ${words}`)])
    expect(threadsAskedFor(line.split(' ')), line).toBeUndefined();
});
