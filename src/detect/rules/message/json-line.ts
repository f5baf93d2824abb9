import type { Alert, Fields } from '../../../alert/alert.ts';
import { bytesOfText } from '../../../base/bytes.ts';
import { stringifyJson } from '../../../base/json.ts';

/** falco.yaml's `json_include_*_property`; the defaults are Falco's. */
export interface JsonLineOptions {
  readonly output?: boolean;
  readonly outputFields?: boolean;
  readonly tags?: boolean;
  /** Default false, as in Falco. */
  readonly message?: boolean;
}

/**
 * The alert as Falco 0.44.1 writes it with `json_output: true`, byte for byte: one object without blanks, its keys and
 * those of output_fields in the order of their UTF-8 bytes, integers whole. Without a line end.
 */
export function jsonLine(alert: Alert, options: JsonLineOptions = {}): string {
  const { output = true, outputFields = true, tags = true, message = false } = options;
  const members = [
    alert.hostname === undefined ? '' : member('hostname', alert.hostname),
    message ? member('message', messageOf(alert)) : '',
    output ? member('output', alert.output) : '',
    outputFields ? `"output_fields":${sortedObject(alert.fields)}` : '',
    member('priority', alert.priority),
    member('rule', alert.rule),
    member('source', alert.source),
    tags ? member('tags', alert.tags) : '',
    member('time', alert.time),
  ];
  return `{${members.filter((text) => text !== '').join(',')}}`;
}

/** The output without the time and priority in front. */
function messageOf({ output, priority }: Alert): string {
  const prefix = `: ${priority} `;
  const at = output.indexOf(prefix);
  return at === -1 ? output : output.slice(at + prefix.length);
}

function member(key: string, value: unknown): string {
  return `${JSON.stringify(key)}:${stringifyJson(value)}`;
}

/** Written by hand: a JavaScript object puts keys like `10` before all others, whatever order they are given in. */
function sortedObject(fields: Fields): string {
  const keys = Object.keys(fields).sort(compareBytes);
  return `{${keys.map((key) => member(key, fields[key])).join(',')}}`;
}

/** The order of the texts' UTF-8 bytes; that of UTF-16 differs from it beyond U+FFFF. */
export function compareBytes(a: string, b: string): number {
  const left = bytesOfText(a);
  const right = bytesOfText(b);
  return left < right ? -1 : left > right ? 1 : 0;
}
