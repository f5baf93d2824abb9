import { z } from 'zod';
import type { Alert, FieldValue } from '../alert/alert.ts';
import { compileGoTemplate, type GoTemplate, GoTemplateError } from '../base/go-template.ts';
import type { Intake } from './intake.ts';

const template = z.string().transform((text, context): GoTemplate => {
  try {
    return compileGoTemplate(text);
  } catch (error) {
    const message = error instanceof GoTemplateError ? error.message : String(error);
    context.issues.push({ code: 'custom', message, input: text });
    return z.NEVER;
  }
});

/** What a person adds to every alert: falcosidekick's customfields, templatedfields and customtags. */
export const customConfig = z.strictObject({
  fields: z.record(z.string(), z.string()).default({}).describe('Put into output_fields of every alert'),
  templated_fields: z
    .record(z.string(), template)
    .default({})
    .describe(
      'The same, made from the alert’s output_fields by a Go template: {{ or (index . "k8s.ns.name") "none" }}',
    ),
  tags: z.array(z.string().min(1)).default([]).describe('Added to the tags of every alert'),
});

export type Custom = z.infer<typeof customConfig>;

/**
 * An intake that adds these to each alert before `intake` takes it, in falcosidekick's order: fixed fields, then templated ones,
 * which see them. The alert's id stays, and `received` keeps what the sender wrote.
 */
export function withCustom(intake: Intake, custom: Custom): Intake {
  const templates = Object.entries(custom.templated_fields);
  if (templates.length === 0 && custom.tags.length === 0 && Object.keys(custom.fields).length === 0) return intake;
  const add = (alert: Alert): Alert => {
    const fields: Record<string, FieldValue> = { ...alert.fields, ...custom.fields };
    const made = templates.map(([key, render]): [string, string] => [key, render(fields)]);
    const tags = [...new Set([...alert.tags, ...custom.tags])].sort();
    return { ...alert, tags, fields: { ...fields, ...Object.fromEntries(made) } };
  };
  return {
    accept: (alerts) => intake.accept(alerts.map(add)),
    receive: (alerts, durability) => intake.receive(alerts.map(add), durability),
  };
}
