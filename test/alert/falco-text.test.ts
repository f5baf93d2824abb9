import { describe, expect, it } from 'vitest';
import { decodeTextAlert, textRule } from '../../src/alert/falco-text.ts';
import { Refused } from '../../src/alert/refused.ts';
import { orSkipped } from '../support/corpus.ts';
import { falcoRequests, sharedExists } from '../support/shared.ts';

const nowMs = Date.parse('2026-11-21T00:01:00Z');

describe('a text line of Falco', () => {
  it('becomes an alert without rule, tags and fields', () => {
    expect(
      decodeTextAlert('2026-11-20T23:25:03.815380000+0000: Warning Path scanned (ip=192.0.2.7)\n', nowMs),
    ).toMatchObject({
      time: '2026-11-20T23:25:03.815380000Z',
      priority: 'Warning',
      rule: textRule,
      source: 'unknown',
      output: '2026-11-20T23:25:03.815380000+0000: Warning Path scanned (ip=192.0.2.7)',
      tags: [],
      fields: {},
    });
  });

  it.each([
    ['UTC', '00:00:59.815380001: Notice x', '2026-11-21T00:00:59.815380001Z'],
    ['a minute ago, on the day before', '23:59:30.000000000: Notice x', '2026-11-20T23:59:30.000000000Z'],
    ['two hours east', '02:00:58.000000000: Notice x', '2026-11-21T00:00:58.000000000Z'],
    ['Nepal, 5:45 east', '05:45:58.000000000: Notice x', '2026-11-21T00:00:58.000000000Z'],
    ['a clock that is a little ahead', '00:01:02.000000000: Notice x', '2026-11-21T00:01:02.000000000Z'],
  ])('without a date is dated near now: %s', (_where, line, time) => {
    expect(decodeTextAlert(line, nowMs)).toMatchObject({ time });
  });

  it('has the same id when it comes again, another on another day', () => {
    const line = '00:00:59.815380001: Notice x';
    expect(decodeTextAlert(line, nowMs)).toEqual(decodeTextAlert(line, nowMs + 1000));
    expect(decodeTextAlert(line, nowMs)).not.toEqual(decodeTextAlert(line, nowMs + 86_400_000));
  });

  it.each([
    '',
    'Falco version: 0.44.1 (x86_64)',
    'Fri Nov 20 23:09:36 2026: Loading rules from file /etc/falco/falco_rules.yaml',
    '00:00:59.815380001: High x',
    '25:00:59.815380001: Notice x',
    '2026-02-30T00:00:00.000000000Z: Notice x',
  ])('is not %j', (line) => {
    expect(decodeTextAlert(line, nowMs)).toBeInstanceOf(Refused);
  });

  it.runIf(sharedExists('corpus/falco-http'))(`is what a real Falco sends with json_output: false${orSkipped}`, () => {
    const requests = falcoRequests('variants.txt').filter((one) => one.headers['content-type'] === 'text/plain');
    expect(requests.length).toBeGreaterThan(0);
    for (const { body } of requests) {
      expect(decodeTextAlert(body, Date.parse('2026-11-20T23:25:05Z'))).toMatchObject({
        priority: 'Warning',
        output: body,
      });
    }
  });
});
