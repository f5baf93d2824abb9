import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../../src/alert/alert.ts';
import { jsonLine } from '../../../../src/detect/rules/message/json-line.ts';

const alert: Alert = {
  id: '0'.repeat(32),
  time: '2026-11-20T23:09:37.029160000Z',
  rule: 'Dummy "value" seen',
  priority: 'Warning',
  source: 'dummy_c',
  output: '23:09:37.029160000: Warning dummy\tvalue é 𝄞 </a>',
  hostname: 'vm',
  tags: ['demo', 'dummy'],
  fields: { 'evt.time': 1795216177029160001n, 'dummy.value': 8, 'dummy.div[3]': null, '10': true, '9': ['a', 1] },
};

describe('an alert as a JSON line', () => {
  it('has its keys in the order of their bytes, integers whole, and no blanks', () => {
    expect(jsonLine(alert)).toBe(
      '{"hostname":"vm","output":"23:09:37.029160000: Warning dummy\\tvalue é 𝄞 </a>","output_fields":{"10":true,"9":["a",1],"dummy.div[3]":null,"dummy.value":8,"evt.time":1795216177029160001},"priority":"Warning","rule":"Dummy \\"value\\" seen","source":"dummy_c","tags":["demo","dummy"],"time":"2026-11-20T23:09:37.029160000Z"}',
    );
  });

  it('leaves out what is switched off, and what the alert does not have', () => {
    const { hostname: _, ...nameless } = alert;
    expect(jsonLine(nameless, { output: false, outputFields: false, tags: false })).toBe(
      '{"priority":"Warning","rule":"Dummy \\"value\\" seen","source":"dummy_c","time":"2026-11-20T23:09:37.029160000Z"}',
    );
  });

  it('can have the message, the output without time and priority', () => {
    expect(jsonLine(alert, { message: true })).toContain('"message":"dummy\\tvalue é 𝄞 </a>","output":');
  });

  it('orders keys by UTF-8 bytes where UTF-16 would not', () => {
    expect(jsonLine({ ...alert, fields: { '\u{1d11e}': 1, '\uff41': 2 } })).toContain('{"\uff41":2,"\u{1d11e}":1}');
  });
});
