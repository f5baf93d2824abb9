import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Alert, FieldValue } from '../../src/alert/alert.ts';
import { encodeAlert } from '../../src/alert/falco-json.ts';
import type { Enricher } from '../../src/deliver/enrich/enricher.ts';
import { anAlert } from '../support/alerts.ts';

export const alertWith = (fields: Alert['fields']): Alert => anAlert(1, { fields });

/**
 * What every enricher promises. `open` gives a fresh one; `telling` are fields that it has something to say about.
 */
export function describeEnricher(name: string, open: () => Promise<Enricher>, telling: Alert['fields']): void {
  describe(`${name}, as every enricher,`, () => {
    let enricher: Enricher;
    beforeAll(async () => {
      enricher = await open();
    });
    afterAll(() => enricher.close?.());

    const value: fc.Arbitrary<FieldValue> = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.ipV4(),
      fc.ipV6(),
      fc.webUrl(),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.ipV4(), { maxLength: 3 }),
      fc.dictionary(fc.string(), fc.string(), { maxKeys: 3, noNullPrototype: true }),
    );
    const key = fc.oneof(
      fc.constantFrom(...Object.keys(telling), '__proto__', 'constructor', 'toString', '.ip', 'a.__proto__ip', '[]ip'),
      fc.string({ unit: 'binary' }),
    );
    const fields = fc.array(fc.tuple(key, value), { maxLength: 12 }).map((entries) => Object.fromEntries(entries));

    it('says something, each key under its own name', () => {
      const facts = enricher.lookup(alertWith(telling));
      expect(Object.keys(facts ?? {})).not.toEqual([]);
      for (const each of Object.keys(facts ?? {})) expect(each.startsWith(`${enricher.name}.`)).toBe(true);
    });

    it('says nothing about an alert without fields', () => {
      expect(enricher.lookup(alertWith({}))).toBeUndefined();
    });

    it('never throws, changes nothing and repeats itself, whatever an alert holds', () => {
      fc.assert(
        fc.property(fields, (each) => {
          const alert = alertWith(each);
          const before = encodeAlert(alert);
          const facts = enricher.lookup(alert);
          expect(encodeAlert(alert)).toBe(before);
          expect(enricher.lookup(alert)).toEqual(facts);
          for (const name of Object.keys(facts ?? {})) expect(name.startsWith(`${enricher.name}.`)).toBe(true);
          expect(() => encodeAlert({ ...alert, ...(facts === undefined ? {} : { enrichment: facts }) })).not.toThrow();
        }),
      );
    });

    it('has no problem when its files are in order', () => {
      expect(enricher.problems()).toEqual([]);
    });
  });
}
