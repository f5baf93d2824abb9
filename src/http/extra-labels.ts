import { type ExtraLabels, labelOfField } from '../alert/alert-labels.ts';
import type { Fields } from '../alert/alert.ts';
import { otherLabel } from '../base/metrics.ts';

interface ExtraLabelling {
  readonly names: readonly string[];
  valuesOf(this: void, fields: Fields): readonly string[];
  /** The labels of an alert with these values, and with `others` for its other labels. */
  labels(this: void, others: readonly string[], values: readonly string[]): Readonly<Record<string, string>>;
}

/** User agents and paths are as long as attackers like. */
const maxValueChars = 128;

/** Tells the extra labels of alerts, bounded. */
export function extraLabelling({ fields, maxSeries }: ExtraLabels): ExtraLabelling {
  const names = fields.map(labelOfField);
  const told = new Set<string>();
  return {
    names,
    valuesOf: (of) => (fields.length === 0 ? none : fields.map((field) => labelValue(of[field]))),
    labels(others, values) {
      if (names.length === 0) return {};
      const key = [...others, ...values].join('\0');
      const isTold = told.has(key) || told.size < maxSeries;
      if (isTold) told.add(key);
      return Object.fromEntries(names.map((name, at) => [name, isTold ? (values[at] ?? '') : otherLabel]));
    },
  };
}

const none: readonly string[] = [];

function labelValue(value: Fields[string] | undefined): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'boolean')
    return '';
  const text = String(value);
  return text.length > maxValueChars ? `${text.slice(0, maxValueChars).toWellFormed()}…` : text;
}
