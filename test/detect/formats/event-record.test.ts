import { describe, expect, it } from 'vitest';
import { alb } from '../../../src/detect/formats/alb.ts';
import { catalogue } from '../../../src/detect/formats/catalogue.ts';
import { eventRecord } from '../../../src/detect/formats/event-record.ts';
import { parsed } from '../../contracts/describe-format.ts';

const line =
  'http 2026-10-05T14:03:07.123456Z app/shop/9a8b7c6d5e4f3021 198.51.100.23:50312 - -1 -1 -1 503 - 1 18446744073709551615 "GET http://h:80/\\xC3\\xA9 HTTP/1.1" "\xff" - - - "-"';

describe('the record of an event', () => {
  const record = eventRecord(parsed(alb, line), alb);

  it('holds what has a value, in catalogue order', () => {
    const order = catalogue.map((row) => row.name as string);
    expect(Object.keys(record)).toEqual(order.filter((name) => name in record));
    expect(record['awselb.target_ip']).toBeUndefined();
    expect('awselb.target_ip' in record).toBe(false);
  });

  it('holds text, not byte strings, and integers whole', () => {
    expect(record['awselb.request_path']).toBe('/é');
    expect(record['awselb.user_agent']).toBe('\ufffd');
    expect(record['awselb.sent_bytes']).toBe(18446744073709551615n);
  });
});
