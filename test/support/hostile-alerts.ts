import type { Alert, FieldValue } from '../../src/alert/alert.ts';
import { anAlert } from './alerts.ts';

/** Alerts as an attacker would have them: each must be delivered harmlessly, or refused with a reason. */
export const hostileAlerts: readonly Alert[] = [
  anAlert('mention', { output: '<!channel> <!here> <@U123> <https://evil.example|your bank>', rule: '<!everyone>' }),
  anAlert('script', { output: '"><script>alert(1)</script>', fields: { '<b>': '<img src=x onerror=alert(1)>' } }),
  anAlert('controls', { output: 'a\u0000\u001b[2J\r\n\u009b31m\u007f', rule: 'rule\u0000\u0007' }),
  anAlert('direction', { output: '\u202egnp.exe\u202c \u2066x\u2069', rule: '\u202erule' }),
  anAlert('half', { output: 'half \ud800 a pair', rule: '\udfff', hostname: '\ud83d' }),
  anAlert('path', { rule: '../../../etc/passwd', source: '..\\..\\x', hostname: '../x', tags: ['../../y'] }),
  anAlert('quotes', { output: '\\" } ], "a": {{ json alert }} ${HOME} `x` *b* _i_ ~s~', rule: '"}],' }),
  anAlert('wide', { fields: Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`field.${n}`, n])) }),
  anAlert('long', { fields: { url: 'x&<>'.repeat(25_000) }, output: '&'.repeat(20_000), rule: '<'.repeat(500) }),
  anAlert('megabyte', { fields: { 'awselb.request_url': `http://x/${'<'.repeat(1_000_000)}` } }),
  anAlert('nested', { fields: { deep: nested(30) } }),
  anAlert('empty', { output: '', rule: ' ', source: '', tags: [''], fields: { '': '' } }),
  anAlert('values', {
    fields: {
      none: null,
      big: 1795216177029160001n,
      list: [1, null, ['x']],
      object: { a: { b: true } },
      __proto__x: 1,
    },
  }),
];

/** `{"a":{"a":…}}`, as deep as the door lets in. */
function nested(depth: number): FieldValue {
  return depth === 0 ? '<!here>' : { a: nested(depth - 1) };
}
