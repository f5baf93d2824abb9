import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRules } from '../../src/detect/rules/load-rules.ts';
import { packedAndUnpacked } from '../support/packed-and-unpacked.ts';
import { readFolder } from './cases.ts';
import { conformanceChecks, isUpstreamBug } from './suite.ts';

const folder = '../shared/conformance';
const here = existsSync(folder);

describe.skipIf(!here)("Falco's own answers (skipped where ../shared/conformance is not here)", () => {
  // The data was produced in UTC.
  const zone = process.env.TZ;
  beforeAll(() => void (process.env.TZ = 'UTC'));
  afterAll(() => void (zone === undefined ? delete process.env.TZ : (process.env.TZ = zone)));

  it.each([
    ['loaded', loadRules],
    ['loaded, packed and unpacked', packedAndUnpacked],
  ])('are ours, case for case, of rules that were %s', (_how, loader) => {
    const checks = [...conformanceChecks(readFolder(folder), loader)].filter(({ name }) => !isUpstreamBug(name));
    const failures = checks.flatMap(({ name, check }) => {
      const difference = check();
      return difference === undefined ? [] : [`${name}: ${difference}`];
    });
    expect(checks.length).toBeGreaterThan(1900);
    expect(failures).toEqual([]);
  });
});
