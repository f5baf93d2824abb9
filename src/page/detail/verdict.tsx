import type { AlertDetail } from '../../triage/answers.ts';
import { ForeignText } from '../shown/foreign-text.tsx';
import { utc } from '../shown/moment.ts';
import './verdict.css';

type Verdict = NonNullable<AlertDetail['verdict']>;

/** The checks that decided, each with what it looked at; and whether the rule still says what it said. */
export function Verdict({ verdict: { matched, checks, changedAt } }: { readonly verdict: Verdict }) {
  return (
    <>
      {changedAt !== undefined && (
        <p class="verdict-note">
          The rule was changed after this alert, on {utc(changedAt)} UTC. This is what it says of the line now.
        </p>
      )}
      {!matched && (
        <p class="verdict-note">
          As it stands now, the rule does <b>not</b> match this line.
          {changedAt === undefined &&
            ' Its condition is the same: something else that it looks at has changed, such as where an address is.'}
        </p>
      )}
      <ol class="verdict" aria-label={matched ? 'Why it matched' : 'Why it does not match now'}>
        {checks.map(({ check, holds, fields }, index) => (
          <li key={index}>
            <p class="verdict-check">
              {!holds && <b>not </b>}
              <ForeignText text={check} max={400} />
            </p>
            <dl>
              {fields.map(({ name, value }) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>
                    {value === undefined ? (
                      <span class="no-value">no value</span>
                    ) : (
                      <ForeignText text={value} max={200} />
                    )}
                  </dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ol>
    </>
  );
}
