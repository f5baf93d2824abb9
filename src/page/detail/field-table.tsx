import { ForeignText } from '../shown/foreign-text.tsx';
import './field-table.css';

interface FieldTableProps {
  readonly title: string;
  readonly fields: readonly (readonly [string, unknown])[];
}

/** Names and values, one a line. */
export function FieldTable({ title, fields }: FieldTableProps) {
  return (
    <table class="field-table">
      <caption>{title}</caption>
      <tbody>
        {fields.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">
              <ForeignText text={name} max={120} />
            </th>
            <td>{value === null ? <span class="no-value">no value</span> : <ForeignText text={textOf(value)} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
