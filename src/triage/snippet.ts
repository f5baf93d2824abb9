import type { Alert, FieldValue } from '../alert/alert.ts';
import { encodeAlert } from '../alert/falco-json.ts';
import type { Snippets } from './answers.ts';

/** Fields that say what makes an alert a false positive, the most telling first. */
const telling = [
  'awselb.client_ip',
  'awselb.request_path',
  'awselb.request_url',
  'awselb.user_agent',
  'awselb.name',
  'proc.name',
  'fd.name',
  'container.image.repository',
  'user.name',
  'ka.user.name',
  'ct.user',
];
const maxFields = 3;

/** Texts to paste: the alert again, and Falco YAML that keeps it from coming again. */
export function snippetsOf(alert: Alert): Snippets {
  const scan = scanOf(alert);
  const exception = exceptionOf(alert);
  return {
    json: encodeAlert(alert),
    ...(scan === undefined ? {} : { scan }),
    ...(exception === undefined ? {} : { exception }),
    override: `- rule: ${yamlText(alert.rule)}\n  enabled: false\n  override:\n    enabled: replace\n`,
  };
}

function exceptionOf({ id, rule, fields }: Alert): string | undefined {
  const chosen = telling.flatMap((name): (readonly [string, string])[] => {
    const value = fields[name];
    return isComparable(value) ? [[name, value]] : [];
  });
  // The URL holds the path: one of the two says enough.
  const used = chosen.filter(
    ([name]) => name !== 'awselb.request_url' || !chosen.some(([other]) => other === 'awselb.request_path'),
  );
  const named = used.slice(0, maxFields);
  if (named.length === 0) return undefined;
  return [
    `- rule: ${yamlText(rule)}`,
    '  exceptions:',
    `    - name: false_positive_${/^[0-9a-f]{8}/.exec(id)?.[0] ?? '1'}`,
    `      fields: [${named.map(([name]) => name).join(', ')}]`,
    `      comps: [${named.map(() => '=').join(', ')}]`,
    '      values:',
    `        - [${named.map(([, value]) => yamlText(value)).join(', ')}]`,
    '  override:',
    '    exceptions: append',
    '',
  ].join('\n');
}

/**
 * Falco puts an exception's value into the condition's text, in quotes where it has blanks: what has quotes, backslashes,
 * parentheses or control characters itself would not come out as it went in.
 */
function isComparable(value: FieldValue | undefined): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 512 && !/["'\\(),\p{Cc}]/u.test(value);
}

/** A double-quoted YAML scalar; invisible and direction-changing characters are escaped. */
function yamlText(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Reads the object again and shows this line's alerts. */
function scanOf({ fields }: Alert): string | undefined {
  const object = fields['awselb.object'];
  const line = fields['awselb.line'];
  if (typeof object !== 'string' || object === '' || typeof line !== 'number') return undefined;
  const pick = `jq 'select(.output_fields["awselb.line"] == ${Math.trunc(line)})'`;
  return object.startsWith('s3://')
    ? `aws s3 cp ${shellText(object)} - | elb-sidekick scan --format jsonl - | ${pick}`
    : `elb-sidekick scan --format jsonl -- ${shellText(object)} | ${pick}`;
}

function shellText(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll("'", `'\\''`)}'`;
}
