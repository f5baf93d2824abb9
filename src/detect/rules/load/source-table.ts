import { checkCondition } from '../condition/check.ts';
import { FieldTable } from '../condition/field-table.ts';
import { parseCondition } from '../condition/parse.ts';
import type { EventSource } from '../engine.ts';

/** An event source, and what its rules may name. */
export class SourceTable {
  readonly source: EventSource;
  readonly fields: FieldTable;

  constructor(source: EventSource) {
    this.source = source;
    this.fields = new FieldTable(source.fields);
  }

  /**
   * True for what an exception may name in `fields`: a field with its argument, by its exact text, or a transformer.
   */
  isField(expression: string): boolean {
    if (!expression.includes('(')) {
      const [, name = '', arg] = /^([^[]*)(?:\[(.*)\])?$/s.exec(expression) ?? [];
      return this.fields.lookup(name, arg).found;
    }
    const parsed = parseCondition(`${expression} exists`);
    return (
      parsed.ok && parsed.expr.kind === 'check' && checkCondition(parsed.expr, this.fields).condition !== undefined
    );
  }
}
