import { bytesOfText } from '../base/bytes.ts';
import { LineParser } from './line-parser.ts';
import type { LineOrigin } from './formats/format.ts';
import type { RuleSet } from './rules/engine.ts';

/** A line and where it stood, as an alert tells. */
export interface ToldLine {
  readonly object: string;
  /** 1-based. */
  readonly number: number;
  readonly text: string;
}

/**
 * Judges one line again by one rule, and says which checks decided. Undefined where the line is no event of this release, or
 * the rule is not there.
 */
export function explainLine(
  rules: Pick<RuleSet, 'explain'>,
  rule: string,
  { object, number, text }: ToldLine,
  geo: LineOrigin['geo'],
): ReturnType<RuleSet['explain']> {
  let explained: ReturnType<RuleSet['explain']>;
  const block = { bytes: Buffer.from(bytesOfText(text), 'latin1'), firstLine: number };
  new LineParser({ name: object }, geo).parse(block, {
    event(event, format) {
      explained = rules.explain(rule, format, event);
    },
    bad: () => undefined,
  });
  return explained;
}
