import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compilePaths,
  isAmbiguous,
  matchesPaths,
  pathsPattern,
} from '../../../../src/detect/rules/condition/pmatch.ts';

function pmatch(paths: readonly string[], value: string): boolean {
  return matchesPaths(compilePaths(paths), value);
}

describe('pmatch', () => {
  it.each([
    [['/var/run', '/etc'], '/var/run/docker', true],
    [['/var/run', '/etc'], '/var', false],
    [['/var/run', '/etc'], '/var/runner', false],
    [['/'], '', true],
    [[''], '/a', true],
    [[], '/a', false],
    [['a//b/'], '/a/b', true],
    [['/a', '/a/b/c'], '/a/x', true],
    [['/a/b/c', '/a'], '/a/x', true],
    [['/a/*/c'], '/a/b/c/d', true],
    [['/a/?x'], '/a/bx', true],
    [['/[ab]/c'], '/b/c', true],
    [['/A'], '/a', false],
  ])('of %j on %j is %j', (paths, value, expected) => {
    expect(pmatch(paths, value)).toBe(expected);
  });

  it('knows where Falco depends on the order of globs', () => {
    expect(isAmbiguous(compilePaths(['/a*/c', '/*/zzz']))).toBe(true);
    expect(isAmbiguous(compilePaths(['/a*/c', '/b/*/zzz', '/b/x']))).toBe(false);
    expect(pmatch(['/a*/c', '/*/zzz'], '/a/c')).toBe(false);
    expect(pmatch(['/*/zzz', '/a*/c'], '/a/c')).toBe(true);
    expect(pmatch(['/[ab]/c', '/?/d'], '/a/b')).toBe(false);
    expect(pmatch(['/[ab]/c', '/?/d', '/[ab]'], 'A/b')).toBe(false);
  });

  it('has a regular expression that says the same where no glob is', () => {
    const path = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '+'), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(path, { minLength: 1, maxLength: 5 }), path, (paths, value) => {
        const tree = compilePaths(paths);
        expect(pathsPattern(tree)?.test(value)).toBe(matchesPaths(tree, value));
      }),
    );
    expect(pathsPattern(compilePaths(['/a*']))).toBeUndefined();
  });
});
