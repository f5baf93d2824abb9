import { z } from 'zod';
import type { Alert, FieldValue } from '../../alert/alert.ts';
import { encodeAlert } from '../../alert/falco-json.ts';
import { stringifyJson } from '../../base/json.ts';

const slot = /\{\{\s*(json\s+)?([^{}\s]+)\s*\}\}/g;

/**
 * A text with places for an alert's values: `{{rule}}` writes the value as it may stand inside a JSON string, `{{json tags}}`
 * as a JSON value (null when absent), `{{alert}}` the whole alert as a JSON object. Names are those of Falco's JSON (rule,
 * priority, output, source, hostname, time, tags), `id`, and the keys of `output_fields` and enrichment. Whatever an attacker
 * wrote into an alert, the JSON keeps its shape.
 */
export const jsonTemplate = z.string().transform((template, context) => {
  const rest = template.replace(slot, '');
  if (!rest.includes('{{') && !rest.includes('}}')) return (alert: Alert) => fill(template, alert);
  const message = 'a {{ without its }}, or without a name inside: write {{rule}} or {{json tags}}';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

function fill(template: string, alert: Alert): string {
  return template.replace(slot, (_whole, json: string | undefined, name: string) => {
    if (name === 'alert') return encodeAlert(alert);
    const value = valueOf(alert, name);
    if (json !== undefined) return stringifyJson(value ?? null);
    if (value === undefined || value === null) return '';
    return JSON.stringify(typeof value === 'string' ? value : stringifyJson(value)).slice(1, -1);
  });
}

function valueOf(alert: Alert, name: string): FieldValue | undefined {
  switch (name) {
    case 'id':
    case 'time':
    case 'rule':
    case 'priority':
    case 'source':
    case 'output':
    case 'hostname':
    case 'tags':
      return alert[name];
    default:
      if (Object.hasOwn(alert.fields, name)) return alert.fields[name];
      return alert.enrichment && Object.hasOwn(alert.enrichment, name) ? alert.enrichment[name] : undefined;
  }
}
