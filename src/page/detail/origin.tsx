import type { AlertDetail } from '../../triage/answers.ts';
import { count } from '../shown/count.ts';
import { ForeignText } from '../shown/foreign-text.tsx';
import './origin.css';

interface OriginProps {
  readonly origin: AlertDetail['origin'];
  /** Falco's output line, for alerts that came without their log line. */
  readonly output: string;
}

/** The line that raised the alert, and the log object it stands in. */
export function Origin({ origin: { object, line, raw }, output }: OriginProps) {
  return (
    <div class="origin">
      <pre tabIndex={0}>
        <ForeignText text={raw ?? output} max={2_000} />
      </pre>
      {object !== undefined && (
        <p class="origin-object">
          {line !== undefined && <>line {count(line)} of </>}
          <span class="mono">
            <ForeignText text={object} max={1_200} />
          </span>
        </p>
      )}
    </div>
  );
}
