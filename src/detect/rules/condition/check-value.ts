import { bytesOfText } from '../../../base/bytes.ts';
import type { FieldType } from '../../formats/format.ts';
import type { Constant, FieldExpr, Span, Transformer, TransformerArg, TransformerList } from './ast.ts';
import type { Value } from './checked.ts';
import { type FieldTable, isGeneric } from './field-table.ts';
import { CheckFault, type ConditionFinding, type HazardCode } from './finding.ts';
import { stringMaps } from './transform.ts';

/** Falco's names of the types, as its messages have them. */
export const falcoTypes: Readonly<Record<FieldType, string>> = {
  string: 'CHARBUF',
  uint64: 'UINT64',
  reltime: 'RELTIME',
  abstime: 'ABSTIME',
  bool: 'BOOL',
  ipaddr: 'IPADDR',
  ipnet: 'IPNET',
  bytebuf: 'BYTEBUF',
};

/**
 * Turns fields and transformers into values of known type. Falco checks the arguments of join, concat and getopt by the
 * type of the field inside them, not of the argument, and then takes the bytes of a number for text. We do the same, and
 * say so.
 */
export class ValueChecker {
  readonly #fields: FieldTable;
  readonly hazards: ConditionFinding[] = [];

  constructor(fields: FieldTable) {
    this.#fields = fields;
  }

  check(expr: FieldExpr): Value {
    if (expr.kind === 'transformer') return this.#transformer(expr);
    const found = this.#fields.lookup(expr.name, expr.arg);
    if (!found.found) throw new CheckFault(found.message, expr);
    const { field, arg } = found;
    return { kind: 'field', field, type: field.type, list: field.list === true, ...(arg !== undefined && { arg }) };
  }

  warn(code: HazardCode, message: string, at: Span): void {
    this.hazards.push({ code, message, at });
  }

  #transformer(expr: Transformer): Value {
    const args = expr.args.map((arg) => this.#argument(arg));
    const [first] = args;
    if (args.length === 1 && first) {
      if (expr.arg !== undefined) {
        throw new CheckFault(`filter error: transformer '${expr.name}' does not support field arguments`, expr);
      }
      return this.#single(expr, first);
    }
    if (expr.name === 'getopt') return this.#getopt(expr, args);
    if (expr.name !== 'join' && expr.name !== 'concat') {
      throw new CheckFault(`transformer '${expr.name}' takes one argument, not ${args.length}`, expr);
    }
    const value = expr.name === 'join' ? this.#join(expr, args) : this.#concat(expr, args);
    if (expr.arg === undefined) return value;
    throw new CheckFault(`transformer '${expr.name}' does not support field arguments`, expr);
  }

  #argument(arg: TransformerArg): Value {
    switch (arg.kind) {
      case 'constant':
        return literal(arg);
      case 'transformer-list':
        return this.#list(arg);
      case 'field':
      case 'transformer':
        return this.check(arg);
    }
  }

  #single(expr: Transformer, of: Value): Value {
    switch (expr.name) {
      case 'tolower':
      case 'toupper':
      case 'b64':
      case 'basename':
        if (of.type !== 'string') throw unsupported(expr, of);
        return { kind: 'map', map: expr.name, of, type: 'string', list: of.list };
      case 'len':
        if (of.type !== 'string' && of.type !== 'bytebuf' && !of.list) throw unsupported(expr, of);
        if (isGetoptList(of)) {
          this.warn('FALCO_BUG_GETOPT_LENGTH', 'len(getopt(…)) is the length of the first result, in Falco too', expr);
          return {
            kind: 'length',
            of: { kind: 'first', of, type: 'string', list: false },
            type: 'uint64',
            list: false,
          };
        }
        return { kind: 'length', of: of.list ? of : cut(of), type: 'uint64', list: false };
      case 'join':
      case 'concat':
      case 'getopt':
        throw new CheckFault(`unknown field transfomer '${expr.name}'`, expr);
    }
  }

  #join(expr: Transformer, args: readonly Value[]): Value {
    const [separator, of] = args;
    if (args.length !== 2 || !separator || !of) {
      throw new CheckFault('join() requires exactly 2 arguments: separator and list', expr);
    }
    if (seenAs(separator).list) {
      throw new CheckFault('join() first argument (separator) must be a single value, not a list', expr);
    }
    if (!seenAs(of).list) throw new CheckFault('join() second argument must be a list', expr);
    const items: Value = of.list ? of : { kind: 'list', items: [of], type: of.type, list: true };
    const plain = separator.type === 'string' ? first(separator) : this.#memory(separator, expr);
    const ended = plain.kind === 'map' ? endWithNul(plain) : plain;
    return {
      kind: 'join',
      separator: ended,
      of: items.type === 'string' ? items : this.#memory(items, expr),
      type: 'string',
      list: false,
    };
  }

  #concat(expr: Transformer, args: readonly Value[]): Value {
    if (args.map(seenAs).some(({ type, list }) => type !== 'string' || list)) {
      throw new CheckFault('concat() arguments must be strings', expr);
    }
    const items = args.map((arg) => cut(arg.type === 'string' ? first(arg) : this.#memory(arg, expr)));
    return { kind: 'concat', items, type: 'string', list: false };
  }

  #getopt(expr: Transformer, args: readonly Value[]): Value {
    const [of, optstring] = args;
    if (args.length !== 2 || !of || !optstring) {
      throw new CheckFault('getopt() requires exactly 2 arguments: args list and optstring', expr);
    }
    if (!of.list || isGetoptList(of)) throw new CheckFault('getopt() first argument must be a list', expr);
    if (optstring.list) throw new CheckFault('getopt() second argument (optstring) must be a single value', expr);
    if (of.type !== 'string' || optstring.type !== 'string') {
      throw new CheckFault('getopt() arguments must be strings', expr);
    }
    const { arg } = expr;
    if (arg === undefined) return { kind: 'getopt', of, optstring, type: 'string', list: true };
    const option = bytesOfText(arg);
    if (option.length !== 1) {
      throw new CheckFault('getopt() field argument must be a single option character', expr);
    }
    return { kind: 'getopt', of, optstring, option, type: 'string', list: false };
  }

  #memory(of: Value, at: Span): Value {
    const message = `Falco takes the bytes of a value of type ${falcoTypes[of.type]} for text here`;
    this.warn('FALCO_BUG_VALUE_AS_TEXT', message, at);
    return { kind: 'memory', of, type: 'string', list: of.list };
  }

  #list(expr: TransformerList): Value {
    const items = expr.items.map((item): Value => {
      const value = item.kind === 'constant' ? literal(item) : this.check(item);
      if (value.type === 'string') return endWithNul(value);
      if (seenAs(value).type !== 'uint64') return this.#memory(value, item);
      const message = 'Falco crashes where this number is absent; here the list is then absent';
      if (value.kind !== 'field' || !isGeneric(value.field)) this.warn('FALCO_BUG_JOIN_MEMORY', message, item);
      return { kind: 'digits', of: first(value), type: 'string', list: false };
    });
    if (items.filter(readsString).length > 1) {
      this.warn('FALCO_BUG_JOIN_MEMORY', 'Falco may see one field twice here; concat() is safe', expr);
    }
    return { kind: 'list', items, type: 'string', list: true };
  }
}

/** What Falco takes an argument for: it looks at the field inside, and takes what is made of several for one text. */
function seenAs(value: Value): Pick<Value, 'type' | 'list'> {
  if (isMadeOfSeveral(value)) return { type: 'string', list: false };
  return value.kind === 'map' || value.kind === 'length' || value.kind === 'cut' ? seenAs(value.of) : value;
}

function first(value: Value): Value {
  return value.list ? { kind: 'first', of: value, type: value.type, list: false } : value;
}

function literal(constant: Constant): Value {
  return { kind: 'literal', text: bytesOfText(constant.text), type: 'string', list: false };
}

/** Where C reads the string to its first NUL: base64 can have put one in, and memory that is no text. */
export function cut(value: Value): Value {
  return value.type === 'string' && !value.list && mayHoldNul(value)
    ? { kind: 'cut', of: value, type: 'string', list: false }
    : value;
}

function mayHoldNul(value: Value): boolean {
  if (value.kind === 'map') return value.map === 'b64' || mayHoldNul(value.of);
  if (value.kind === 'join') return value.separator.kind === 'nul-ended' || mayHoldNul(value.separator);
  return value.kind === 'memory' || (value.kind === 'first' && value.of.kind === 'map');
}

function endWithNul(value: Value): Value {
  return value.kind === 'map' && !value.list ? { kind: 'nul-ended', of: value, type: 'string', list: false } : value;
}

/** Falco takes the type of a getopt() list for a plain string wherever it is an argument. */
function isGetoptList(value: Value): boolean {
  return value.list && (value.kind === 'getopt' || (value.kind === 'map' && isGetoptList(value.of)));
}

function readsString(value: Value): boolean {
  if (value.kind === 'map' || value.kind === 'nul-ended') return readsString(value.of);
  return value.kind === 'field';
}

function unsupported(expr: Transformer, of: Value): CheckFault {
  const type = `type '${falcoTypes[of.type]}' is not supported by '${expr.name}' transformer`;
  const applied = `applied on ${of.list ? 'list ' : ''}field '${fieldName(of)}'`;
  return new CheckFault(`can't add field transformer: ${type} ${applied}`, expr);
}

/** The field that Falco names in a message about the value; what is made of several is called NA. */
export function fieldName(value: Value): string {
  if (value.kind === 'field') return value.field.name;
  return 'of' in value && value.kind !== 'join' && value.kind !== 'getopt' ? fieldName(value.of) : 'NA';
}

/** What join, concat and getopt give, also transformed further. */
export function isMadeOfSeveral(value: Value): boolean {
  if (value.kind === 'map' || value.kind === 'length' || value.kind === 'first' || value.kind === 'cut') {
    return isMadeOfSeveral(value.of);
  }
  return value.kind === 'join' || value.kind === 'concat' || value.kind === 'getopt';
}

/** The string transformers that leave Falco's terminator behind the text. */
export function isTransformed(value: Value): boolean {
  return value.kind === 'map' && value.map in stringMaps;
}
