import type { FieldType } from '../../formats/format.ts';
import type { Modifier, Operator } from './ast.ts';

/** `==` is `=`; `exists` has no right side and is dealt with before. */
export type BaseOperator = Exclude<Operator, '==' | 'exists'>;

export function baseOperator(operator: Operator): BaseOperator {
  return operator === '==' || operator === 'exists' ? '=' : operator;
}

const equality: readonly Operator[] = ['exists', '=', '==', '!=', 'in', 'intersects'];
const ordering: readonly Operator[] = ['<', '<=', '>', '>='];
const onText: readonly Operator[] = [
  'contains',
  'icontains',
  'startswith',
  'endswith',
  'glob',
  'iglob',
  'regex',
  'pmatch',
];

const onNumbers = { operators: [...equality, ...ordering], filters: 'for numeric filters' };
const onBuffers: readonly Operator[] = [...equality, 'contains', 'startswith', 'endswith', 'bcontains', 'bstartswith'];
const onAddresses = { operators: equality, filters: 'for ip address and network filters' };

const scalar: Readonly<Record<FieldType, { readonly operators: readonly Operator[]; readonly filters: string }>> = {
  string: { operators: [...equality, ...ordering, ...onText], filters: 'for string filters' },
  uint64: onNumbers,
  reltime: onNumbers,
  abstime: onNumbers,
  bool: { operators: equality, filters: 'for numeric filters' },
  ipaddr: onAddresses,
  ipnet: onAddresses,
  bytebuf: { operators: onBuffers, filters: 'for buffer filters' },
};
const onLists = { operators: ['exists', 'in', 'intersects'], filters: 'list filters' };

/** Why the operator cannot stand behind a value of this type, in Falco's words; undefined when it can. */
export function operatorProblem(
  operator: Operator,
  modifier: Modifier | undefined,
  value: { readonly type: FieldType; readonly list: boolean },
): string | undefined {
  const { operators, filters } = value.list ? onLists : scalar[value.type];
  if (operators.includes(operator)) return undefined;
  const name = operator === '==' ? '=' : operator;
  if (modifier && !value.list && scalar[value.type] === onAddresses) {
    return `'${name}' with modifier not supported ${filters}`;
  }
  return `'${name}' operator not supported ${filters}`;
}
