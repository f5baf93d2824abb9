import { readFileSync } from 'node:fs';
import { bytesOfText } from '../../../../src/base/bytes.ts';
import { FieldTable } from '../../../../src/detect/rules/condition/field-table.ts';
import type { FormatFields } from '../../../../src/detect/rules/condition/read-field.ts';
import { type EventHead, canonicalInteger } from '../../../../src/detect/rules/generic-fields.ts';
import type { EventField, EventValue, FieldSpec, FieldType } from '../../../../src/detect/formats/format.ts';

/** The synthetic event source of the conformance data: `t_source` with fields `t.*`. */

type JsonValue = string | number | boolean | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type TEvent = Readonly<Record<string, JsonValue>>;

interface FieldRow {
  readonly name: string;
  readonly type: FieldType;
  readonly list: boolean;
  readonly arg: FieldSpec['arg'] | null;
}

function eventValue(type: FieldType, json: JsonValue | undefined): EventValue | undefined {
  if (Array.isArray(json)) return json.map((item) => eventValue(type, item)).filter((item) => item !== undefined);
  if (typeof json === 'boolean' || json === undefined) return json;
  if (type === 'uint64' || type === 'reltime' || type === 'abstime')
    return typeof json === 'object' ? undefined : canonicalInteger(BigInt(json));
  return typeof json === 'string' ? bytesOfText(json) : undefined;
}

function eventField({ name, type, list, arg }: FieldRow): EventField<TEvent> {
  return {
    name,
    type,
    list,
    ...(arg && { arg }),
    about: '',
    read: (event, key) => {
      const json = event[name];
      if (json === null || typeof json !== 'object' || Array.isArray(json)) {
        return key === undefined ? eventValue(type, json) : undefined;
      }
      return key === undefined ? undefined : eventValue(type, (json as TEvent)[key]);
    },
  };
}

/** The format that `file`, a fields.json, describes. */
export function readFormat(file: string): FormatFields<TEvent> {
  const { fields } = JSON.parse(readFileSync(file, 'utf8')) as { readonly fields: readonly FieldRow[] };
  return { fields: fields.map(eventField) };
}

export function tableOf(format: FormatFields<TEvent>): FieldTable {
  return new FieldTable(format.fields);
}

/** The first event of the source, at the time that the data were made with. */
export function headOf(event: TEvent): EventHead {
  return {
    num: 1,
    timeNs: 1_700_000_000_123_456_789n,
    firstTimeNs: 1_700_000_000_123_456_789n,
    source: 't_source',
    pluginName: 't_plugin',
    summary: bytesOfText(typeof event['_info'] === 'string' ? event['_info'] : ''),
    hostname: 'host-1',
  };
}
