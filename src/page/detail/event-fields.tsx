import type { AlertDetail } from '../../triage/answers.ts';
import { fieldGroups } from './field-groups.ts';
import { FieldTable } from './field-table.tsx';

/** Every field of the alert, and what was added to it. */
export function EventFields({ alert, enrichment }: Pick<AlertDetail, 'alert' | 'enrichment'>) {
  const { output_fields: fields, ...own } = alert;
  const whole = Object.entries(own).filter(([name]) => name !== 'output' && name !== 'enrichment');
  const added = Object.entries(enrichment).filter(([, value]) => value !== null);
  return (
    <>
      {isRecord(fields) &&
        fieldGroups(fields).map(({ title, fields: members }) => (
          <FieldTable key={title} title={title} fields={members} />
        ))}
      <FieldTable title="The alert itself" fields={whole} />
      {added.length > 0 && <FieldTable title="Added by enrichment" fields={added} />}
    </>
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
