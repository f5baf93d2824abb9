import { parseDocument } from 'yaml';
import { z } from 'zod';
import { WrongInput } from './command.ts';

/** One entry of a `*.test.yaml`: what lines must raise. */
export interface RuleTest {
  readonly name: string;
  /** Log lines of one object, text, in order. */
  readonly lines: readonly string[];
  /** The format's name where the lines alone do not tell. */
  readonly format?: string | undefined;
  /** The name of the object that the lines stand in. */
  readonly object?: string | undefined;
  /** The rules that alert, line after line, in rule order. */
  readonly expect: readonly string[];
  /** Fields of the last line's event: text as printed, null for one without a value. */
  readonly fields: Readonly<Record<string, string | null>>;
  /** Default `all`. */
  readonly matching: 'first' | 'all';
}

const scalar = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .transform((value) => (value === null ? null : String(value)));

const schema = z.array(
  z
    .strictObject({
      name: z.string().min(1),
      line: z.string().optional(),
      lines: z.array(z.string()).min(1).optional(),
      format: z.string().optional(),
      object: z.string().optional(),
      expect: z.array(z.string()),
      fields: z.record(z.string(), scalar).default({}),
      matching: z.enum(['first', 'all']).default('all'),
    })
    .refine(({ line, lines }) => (line === undefined) !== (lines === undefined), 'a test has either line or lines')
    .transform(({ line, lines, ...test }): RuleTest => ({ ...test, lines: lines ?? [line ?? ''] })),
);

/** Reads a file of rule tests; throws `WrongInput` with the path to what is wrong. */
export function parseRuleTests(file: string, content: string): readonly RuleTest[] {
  const document = parseDocument(content, { prettyErrors: true });
  const [error] = document.errors;
  if (error) throw new WrongInput(`${file}: ${error.message}`);
  const parsed = schema.safeParse(document.toJS({ maxAliasCount: 100 }) ?? []);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${file}: ${path.join('.')}: ${message}`);
  throw new WrongInput(problems.join('\n'));
}
