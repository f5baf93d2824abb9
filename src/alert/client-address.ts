import type { Fields, FieldValue } from './alert.ts';

/** Where the fields of the known event sources keep the address that the event came from, the most telling first. */
const clientFields = ['awselb.client_ip', 'ct.srcip', 'ka.sourceips', 'fd.cip', 'fd.rip'];

/** The address that an event came from, and the field that says so. Whatever the sender wrote there: it need not be an address. */
export function clientOf(fields: Fields): { readonly field: string; readonly address: string } | undefined {
  for (const field of clientFields) {
    const value: FieldValue | undefined = fields[field];
    const first = Array.isArray(value) ? value[0] : value;
    if (typeof first === 'string' && first !== '') return { field, address: first };
  }
  return undefined;
}
