import type { AlertDetail } from '../../triage/answers.ts';
import { only } from '../place/filter.ts';
import { home } from '../place/place.ts';
import { PlaceLink } from '../place/place-link.tsx';
import { ForeignText } from '../shown/foreign-text.tsx';
import { Condition } from './condition.tsx';
import { conditionFields } from './condition-lines.ts';
import { FieldTable } from './field-table.tsx';
import { Verdict } from './verdict.tsx';
import './rule-about.css';

interface RuleAboutProps {
  readonly rule: AlertDetail['rule'];
  readonly verdict: AlertDetail['verdict'];
  readonly row: AlertDetail['row'];
  /** The alert's `output_fields`. */
  readonly fields: unknown;
}

/** What the rule says of itself, and what must hold for it to match. */
export function RuleAbout({ rule, verdict, row: { tags, source }, fields }: RuleAboutProps) {
  const seen = rule === undefined ? [] : seenFields(rule.condition, fields);
  return (
    <>
      {rule === undefined ? (
        <p>
          The rule is not among those loaded in this process: a Falco or an ingest elsewhere raised this alert (source{' '}
          {source}).
        </p>
      ) : (
        <p>
          <ForeignText text={rule.desc} max={1_000} />
        </p>
      )}
      {tags.length > 0 && (
        <p class="rule-tags">
          {tags.map((tag) => (
            <PlaceLink key={tag} class="tag" to={{ ...home, filter: only({ values: {} }, 'tag', [tag]) }}>
              <ForeignText text={tag} max={60} brief />
            </PlaceLink>
          ))}
        </p>
      )}
      {rule !== undefined && (
        <>
          {verdict === undefined ? (
            <>
              <Condition text={rule.condition} />
              <p class="rule-place">
                The alert does not hold its log line (awselb.raw): which checks decided cannot be told.
              </p>
            </>
          ) : (
            <>
              <Verdict verdict={verdict} />
              <details class="whole-condition">
                <summary>The whole condition</summary>
                <Condition text={rule.condition} />
              </details>
            </>
          )}
          {verdict === undefined && seen.length > 0 && <FieldTable title="What it saw in this alert" fields={seen} />}
          <p class="rule-place mono">
            {rule.file}:{rule.line}
          </p>
        </>
      )}
    </>
  );
}

/** The fields of the condition whose values the alert has. */
function seenFields(condition: string, fields: unknown): readonly (readonly [string, unknown])[] {
  if (typeof fields !== 'object' || fields === null) return [];
  const values = new Map(Object.entries(fields));
  return conditionFields(condition).flatMap((name) => {
    const value: unknown = values.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
}
