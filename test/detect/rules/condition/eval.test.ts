import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkCondition } from '../../../../src/detect/rules/condition/check.ts';
import { compileCondition } from '../../../../src/detect/rules/condition/compile.ts';
import { interpret } from '../../../../src/detect/rules/condition/interpret.ts';
import { parseCondition } from '../../../../src/detect/rules/condition/parse.ts';
import { fieldSources, readField } from '../../../../src/detect/rules/condition/read-field.ts';
import { type TEvent, headOf, readFormat, tableOf } from './t-source.ts';

interface Expectation {
  readonly load: string;
  readonly match?: boolean;
  readonly warnings?: readonly string[];
}
interface Case {
  readonly name: string;
  readonly condition: string;
  readonly event: TEvent;
  readonly expect: Expectation;
  readonly expect_0_44_1?: Expectation;
}

const folder = '../shared/conformance';
const present = existsSync(`${folder}/eval.json`);
const cases: Case[] = present ? JSON.parse(readFileSync(`${folder}/eval.json`, 'utf8')) : [];

describe.skipIf(!present)('condition conformance (skipped: ../shared is not here)', () => {
  const format = present ? readFormat(`${folder}/fields.json`) : { fields: [] };
  const table = tableOf(format);
  const sources = fieldSources(format);

  it('has cases', () => {
    expect(cases.length).toBeGreaterThan(900);
  });

  it.each(cases)('$name: $condition', (test) => {
    // We follow Falco 0.44.1: where the data says that it differs from later builds, its answer is the one expected.
    const expected = test.expect_0_44_1 ?? test.expect;
    const parsed = parseCondition(test.condition);
    if (!parsed.ok) return expect(expected.load, parsed.message).toBe('LOAD_ERR_COMPILE_CONDITION');
    const { errors, warnings, condition } = checkCondition(parsed.expr, table);
    expect(errors[0]?.code ?? 'ok', errors[0]?.message).toBe(expected.load);
    if (!condition) return;
    expect(warnings.map(({ code }) => code)).toEqual(expected.warnings ?? []);
    const head = headOf(test.event);
    const matched = interpret(condition, ({ field, arg }) => readField(sources.get(field.name), test.event, head, arg));
    expect(matched, 'interpreted').toBe(expected.match);
    expect(compileCondition(condition, format)(test.event, head), 'compiled').toBe(expected.match);
  });
});
