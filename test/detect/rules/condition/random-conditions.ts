import * as fc from 'fast-check';
import { bytesOfText } from '../../../../src/base/bytes.ts';
import type { EventField, EventValue, FieldSpec, FieldType } from '../../../../src/detect/formats/format.ts';
import { FieldTable } from '../../../../src/detect/rules/condition/field-table.ts';
import type { FormatFields } from '../../../../src/detect/rules/condition/read-field.ts';
import { canonicalInteger } from '../../../../src/detect/rules/generic-fields.ts';

/** Random events, and random conditions (as text) that check without error, over a small source of every type. */

export type RandomEvent = ReadonlyMap<string, EventValue>;

const types: Readonly<Record<string, FieldType>> = {
  'r.str': 'string',
  'r.str2': 'string',
  'r.num': 'uint64',
  'r.num2': 'uint64',
  'r.bool': 'bool',
  'r.ip': 'ipaddr',
  'r.net': 'ipnet',
  'r.list': 'string',
  'r.list2': 'string',
  'r.nums': 'uint64',
  'r.nets': 'ipnet',
  'r.ips': 'ipaddr',
  'r.gone': 'string',
  'r.gonenum': 'uint64',
};
const specs: readonly FieldSpec[] = [
  ...Object.entries(types).map(([name, type]) => ({ name, type, list: /list|nums|nets|ips/.test(name), about: '' })),
  { name: 'r.key', type: 'string', arg: { required: true, index: false, key: true }, about: '' },
];

export const randomTable = new FieldTable(specs);

/** Knows every field but the two that are gone. */
export const randomFormat: FormatFields<RandomEvent> = {
  fields: specs
    .filter(({ name }) => !name.startsWith('r.gone'))
    .map(
      (spec): EventField<RandomEvent> => ({
        ...spec,
        read: (event, arg) => event.get(arg === undefined ? spec.name : `${spec.name}[${arg}]`),
      }),
    ),
};

/** Few enough that checks hold now and then; with all that could break out of quotes. */
const words = [
  '|a|b|ab|abc|ABC|aBcab|a b|/etc/passwd|/ETC/x/|x/y|<NA>|true|10|9|-1|é|É|ÀB|€uro|😀|line1\nline2|YWJj|YWI=|AAAA|%%%',
  'a*b|[x]|?|é*|-n|-t|"|\'|`|${1}|\\|\\"|*/|//|");throw 1;("|\');throw 1;(\'|\u2028|</script>|$&|\r',
].flatMap((texts) => texts.split('|'));
const word = fc.oneof(
  fc.constantFrom(...words),
  fc.array(fc.constantFrom(...words), { maxLength: 3 }).map((parts) => parts.join('')),
);
const digits = fc.constantFrom('0', '1', '5', '200', '404', '18446744073709551615', '9007199254740993', '-1');
const address = fc.constantFrom('10.1.2.3', '10.0.0.1', '192.168.1.1', '::1', '2001:db8::1', '2001:db8::2');
const network = fc.constantFrom('10.0.0.0/8', '10.1.0.0/16', '0.0.0.0/0', '192.168.1.1/32', '2001:db8::/32', '::1/128');
const pattern = fc.constantFrom(
  ...'a.* .*b [a-c]+ abc (a|b)* ^a line1$\\n^line2 a{2,3} [^a]* . .. (.|\\n)* /etc/.*'.split(' '),
);
const glob = fc.constantFrom(...'* a* *b a?c [a-c]* *etc* *[!a] [[:upper:]]* a\\*b *a*b* ?? É* [ *\\'.split(' '), '');

/** A value as a condition writes it: quoted. A value that ends in a backslash cannot be written. */
function quote(text: string): string {
  const escaped = text
    .replace(/[\\"]/g, '\\$&')
    .replace(/[\n\r\t]/g, (char) => `\\${{ '\n': 'n', '\r': 'r' }[char] ?? 't'}`);
  return `"${escaped.replace(/(?:\\\\)+$/, '')}"`;
}

const list = (item: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(item.map(quote), { maxLength: 6 }).map((items) => `(${items.join(', ')})`);

const stringValue = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('r.str', 'r.str2', 'r.gone', 'r.key[k]', "r.key['']") },
  fc.constantFrom(
    'tolower(r.str)',
    'toupper(r.str2)',
    'b64(r.str)',
    'basename(r.str)',
    'concat(r.str, "-", b64(r.str2))',
  ),
  fc.constantFrom('join(",", (r.str, r.str2))', 'join("", r.list)', 'tolower(b64(r.str2))', 'getopt(r.list, "nt:")[t]'),
  fc.constantFrom('join("-", r.nums)', 'concat(len(r.str), r.str2)', 'join(tolower(r.str), r.list)'),
  fc.constantFrom('join("-", (r.num, tolower(r.str)))', 'toupper(concat(r.str, r.gone))', "toupper('abc')"),
);
const numberValue = fc.constantFrom('r.num', 'r.num2', 'r.gonenum', 'len(r.str)', 'len(r.list)', 'len(b64(r.str))');
const listValue = fc.constantFrom(
  'r.list',
  'r.list2',
  'tolower(r.list)',
  'getopt(r.list, "nt:")',
  'toupper(tolower(r.list2))',
);

const combine = (...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((texts) => texts.join(' '));
const one = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
const modifier = one('oneof', 'anyof', 'allof');
const textOperator = one('=', '!=', 'contains', 'icontains', 'startswith', 'endswith');

const check = fc.oneof(
  combine(fc.oneof(stringValue, numberValue, listValue, one('r.bool', 'r.ip', 'r.net', 'r.nums')), one('exists')),
  combine(stringValue, textOperator, word.map(quote)),
  combine(stringValue, textOperator, modifier, list(word)),
  combine(stringValue, one('contains', 'icontains'), one('anyof'), list(word)),
  combine(stringValue, one('in', 'intersects', 'pmatch'), list(word)),
  combine(stringValue, one('<', '<=', '>', '>='), digits),
  combine(stringValue, one('regex'), pattern.map(quote)),
  combine(stringValue, one('regex'), modifier, list(pattern)),
  combine(stringValue, one('glob', 'iglob'), glob.map(quote)),
  combine(stringValue, one('glob', 'iglob'), modifier, list(glob)),
  combine(
    stringValue,
    one('=', '!=', 'contains', 'icontains', 'startswith', 'endswith', 'glob', 'iglob', 'in', '<'),
    one('val(r.str2)', 'tolower(r.str)', 'concat(r.str, r.str2)'),
  ),
  combine(numberValue, one('=', '!=', '<', '<=', '>', '>='), digits),
  combine(numberValue, one('=', '!='), modifier, list(digits)),
  combine(numberValue, one('in', 'intersects'), list(digits)),
  combine(numberValue, one('=', '!=', '<', '>', 'in'), one('val(r.num2)', 'len(r.str)')),
  combine(one('r.bool'), one('=', '!='), one('true', 'false')),
  combine(one('r.ip'), one('=', '!='), address),
  combine(one('r.ip'), one('in', '= anyof', '!= allof', '= oneof'), list(address)),
  combine(one('r.net'), one('=', '!='), network),
  combine(one('r.net'), one('in', '= anyof', '!= allof', '= allof', '!= anyof'), list(network)),
  combine(listValue, one('in', 'intersects'), list(word)),
  combine(listValue, one('in', 'intersects'), one('val(r.list2)', 'tolower(r.list)')),
  combine(one('r.nums'), one('in', 'intersects'), list(digits)),
  combine(one('r.nets'), one('in', 'intersects'), list(network)),
  one('evt.num > 0', 'evt.num = 0', 'evt.source = r_source', 'evt.asynctype exists', 'evt.rawtime.s > 5'),
);

export const randomCondition: fc.Arbitrary<string> = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 3, arbitrary: check },
    tie('tree').map((child) => `not (${child})`),
    fc.array(tie('tree'), { minLength: 2, maxLength: 4 }).map((parts) => `(${parts.join(' and ')})`),
    fc.array(tie('tree'), { minLength: 2, maxLength: 5 }).map((parts) => `(${parts.join(' or ')})`),
  ),
})).tree;

const strings: fc.Arbitrary<EventValue> = word.map(bytesOfText);
const numbers = digits.map((text): EventValue => canonicalInteger(BigInt.asUintN(64, BigInt(text))));

function valueOf(type: FieldType): fc.Arbitrary<EventValue> {
  switch (type) {
    case 'string':
    case 'bytebuf':
      return fc.oneof(
        strings,
        fc.string({ unit: 'binary' }).map(bytesOfText),
        fc.uint8Array().map((bytes): EventValue => Buffer.from(bytes).toString('latin1')),
      );
    case 'uint64':
    case 'reltime':
    case 'abstime':
      return numbers;
    case 'bool':
      return fc.boolean();
    case 'ipaddr':
    case 'ipnet':
      return fc.oneof({ weight: 5, arbitrary: address }, one('', 'nonsense', '1.2.3', '::ffff:10.1.2.3'));
  }
}

export const randomEvent: fc.Arbitrary<RandomEvent> = fc
  .tuple(
    ...[
      ...specs,
      { name: 'r.key[k]', type: 'string' as const, list: false },
      { name: 'r.key[]', type: 'string' as const, list: false },
    ].map(({ name, type, list }) => {
      const value = list ? fc.array(valueOf(type), { maxLength: 4 }) : valueOf(type);
      return fc.option(value, { nil: undefined }).map((given): [string, EventValue | undefined] => [name, given]);
    }),
  )
  .map((entries) => new Map(entries.filter((entry): entry is [string, EventValue] => entry[1] !== undefined)));
