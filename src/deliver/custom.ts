import { z } from 'zod';
import { parsePriority } from '../alert/priority.ts';
import type { Alert, FieldValue } from '../alert/alert.ts';
import { goTemplate } from '../base/config-values.ts';
import type { Intake } from './intake.ts';

/** What a person adds to every alert: falcosidekick's customfields, templatedfields and customtags. */
export const customConfig = z.strictObject({
  fields: z.record(z.string(), z.string()).default({}).describe('Put into output_fields of every alert'),
  templated_fields: z
    .record(z.string(), goTemplate)
    .default({})
    .describe(
      'The same, made from the alert’s output_fields by a Go template: {{ or (index . "k8s.ns.name") "none" }}',
    ),
  tags: z.array(z.string().min(1)).default([]).describe('Added to the tags of every alert'),
  bracket_replacer: z
    .string()
    .min(1)
    .optional()
    .describe('Stands for "[" in the names of output_fields, and "]" is left out: some receivers take no brackets'),
  output_format: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The output anew, from <timestamp>, <priority>, <output>, <custom_fields>, <templated_fields> and <tags>, where it begins as Falco’s does with time and priority',
    ),
});

export type Custom = z.infer<typeof customConfig>;

/**
 * An intake that adds these to each alert before `intake` takes it, in falcosidekick's order: fixed fields, then templated ones,
 * which see them, tags, names without brackets, the output. The alert's id stays, and `received` keeps what the sender wrote.
 */
export function withCustom(intake: Intake, custom: Custom): Intake {
  const templates = Object.entries(custom.templated_fields);
  const { bracket_replacer: replacer, output_format: format } = custom;
  const adds = templates.length > 0 || custom.tags.length > 0 || Object.keys(custom.fields).length > 0;
  if (!adds && replacer === undefined && format === undefined) return intake;
  const add = (alert: Alert): Alert => {
    const fields: Record<string, FieldValue> = { ...alert.fields, ...custom.fields };
    const made = templates.map(([key, render]): [string, string] => [key, render(fields)]);
    const tags = [...new Set([...alert.tags, ...custom.tags])].sort();
    const all = { ...fields, ...Object.fromEntries(made) };
    return {
      ...alert,
      tags,
      fields: replacer === undefined ? all : withoutBrackets(all, replacer),
      output:
        format === undefined
          ? alert.output
          : outputAnew(alert.output, format, {
              '<custom_fields>': pairs(Object.entries(custom.fields)),
              '<templated_fields>': pairs(made),
              '<tags>': tags.join(','),
            }),
    };
  };
  return {
    accept: (alerts) => intake.accept(alerts.map(add)),
    receive: (alerts, durability) => intake.receive(alerts.map(add), durability),
  };
}

function withoutBrackets(fields: Readonly<Record<string, FieldValue>>, replacer: string): Record<string, FieldValue> {
  const renamed = Object.entries(fields).map(([name, value]): [string, FieldValue] => [
    name.includes('[') ? name.replaceAll(']', '').replaceAll('[', replacer) : name,
    value,
  ]);
  return Object.fromEntries(renamed);
}

function pairs(entries: readonly (readonly [string, string])[]): string {
  return entries.map(([key, value]) => `${key}=${value}`).join(' ');
}

/** As falcosidekick does it: empty parentheses and blanks at the end go. What stands in a value is not looked at again. */
function outputAnew(output: string, format: string, more: Readonly<Record<string, string>>): string {
  const [, time = '', priority = '', rest] = /^(\S+): (\S+) (.*)$/s.exec(output) ?? [];
  if (rest === undefined || parsePriority(priority) === undefined) return output;
  const values: Readonly<Record<string, string>> = {
    ...more,
    '<timestamp>': time,
    '<priority>': priority,
    '<output>': rest,
  };
  return format
    .replace(/<(?:timestamp|priority|output|custom_fields|templated_fields|tags)>/g, (name) => values[name] ?? name)
    .replace(/ $/, '')
    .replace(/\( \)$/, '')
    .replace(/\(\)$/, '')
    .replace(/ $/, '');
}
