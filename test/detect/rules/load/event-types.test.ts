import { describe, expect, it } from 'vitest';
import { parseCondition } from '../../../../src/detect/rules/condition/parse.ts';
import { matchesTooManyEventTypes } from '../../../../src/detect/rules/load/event-types.ts';

function warns(condition: string): boolean {
  const parsed = parseCondition(condition);
  if (!parsed.ok) throw new Error(parsed.message);
  return matchesTooManyEventTypes(parsed.expr);
}

const names = (count: number): string => Array.from({ length: count }, (_, at) => `n${at}`).join(', ');

describe('the event types that a condition for system calls is open to', () => {
  it.each([
    'evt.type = open',
    'syscall.type = open',
    'syscall.type in (open, close) and a.b = c',
    'not (evt.type != open)',
    'not evt.type != open and not a.b = c',
    'evt.type = open or evt.type = close',
    'evt.num = 0 and evt.type = open',
    'evt.type in (open, close) and evt.type != close',
  ])('are few: %s', (condition) => {
    expect(warns(condition)).toBe(false);
  });

  it.each([
    'a.b = c',
    'evt.num = 0',
    'evt.type != open',
    'not evt.type = open',
    'not (evt.type = open or evt.type = close)',
    'evt.type = open or a.b = c',
    'evt.type startswith o',
    'evt.type = anyof (open, close)',
    'evt.type exists',
  ])('are too many: %s', (condition) => {
    expect(warns(condition)).toBe(true);
  });

  it.each([
    'evt.type in ()',
    'evt.type = open and evt.type = close',
    'evt.type = open and not syscall.type = open',
    'not evt.type exists',
  ])('are none, which Falco warns of too: %s', (condition) => {
    expect(warns(condition)).toBe(true);
  });

  it('are counted up to 100', () => {
    expect(warns(`evt.type in (${names(50)})`)).toBe(false);
    expect(warns(`evt.type in (${names(51)})`)).toBe(true);
  });
});
