import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RuleChanges } from '../../src/triage/rule-changes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const path = (): string => join(temporaryFolder(), 'state', 'rules.seen');

it('knows over a restart which alerts a rule raised before it was changed', () => {
  const file = path();
  new RuleChanges(file).note([{ name: 'A', condition: 'x = 1' }], 10, 1_000);
  const after = new RuleChanges(file);
  after.note([{ name: 'A', condition: 'x = 2' }], 25, 2_000);
  for (const changes of [after, new RuleChanges(file)]) {
    expect(changes.changedSince('A', 25)).toBe(2_000);
    expect(changes.changedSince('A', 26)).toBeUndefined();
  }
});

it('tells of no change of rules that are new, the same, or not there', () => {
  const changes = new RuleChanges(path());
  changes.note([{ name: 'A', condition: 'x = 1' }], 10, 1_000);
  changes.note(
    [
      { name: 'A', condition: 'x = 1' },
      { name: 'B', condition: 'y' },
    ],
    20,
    2_000,
  );
  expect([changes.changedSince('A', 5), changes.changedSince('B', 5), changes.changedSince('C', 5)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it('begins anew with a file that is damaged', () => {
  const file = path();
  new RuleChanges(file).note([{ name: 'A', condition: 'x = 1' }], 10, 1_000);
  for (const damaged of ['', '[]', '{"A":null}', '{"A":{"hash":1}}']) {
    writeFileSync(file, damaged);
    expect(new RuleChanges(file).changedSince('A', 1)).toBeUndefined();
  }
});
