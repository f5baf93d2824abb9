import { describe, expect, it } from 'vitest';
import { Budget } from '../../src/base/budget.ts';

describe('a budget', () => {
  it('gives at once what is left, and to those who wait in their order', async () => {
    const budget = new Budget(10);
    const order: string[] = [];
    expect(budget.take(6)).toBeUndefined();
    expect(budget.take(4)).toBeUndefined();
    const large = budget.take(8)?.then(() => order.push('large'));
    const small = budget.take(1)?.then(() => order.push('small'));
    budget.giveBack(4);
    await Promise.resolve();
    expect(order).toEqual([]);
    budget.giveBack(6);
    await Promise.all([large, small]);
    expect(order).toEqual(['large', 'small']);
    budget.giveBack(8);
    budget.giveBack(1);
    expect(budget.take(10)).toBeUndefined();
  });

  it('gives all of it to who asks for more than there is', async () => {
    const budget = new Budget(10);
    expect(budget.take(11)).toBeUndefined();
    const next = budget.take(1);
    budget.giveBack(11);
    await next;
    expect(budget.take(10)).toBeInstanceOf(Promise);
    expect(budget.take(0)).toBeInstanceOf(Promise);
  });
});
