import type { LineOrigin, LogEvent, LogFormat } from '../../formats/format.ts';
import { once } from '../../../base/once.ts';
import { packTexts, restOf, textsOf } from '../../../base/packed-texts.ts';
import type { CheckedCondition, Leaf } from '../condition/checked.ts';
import { ConditionPacker, ConditionUnpacker, type FieldNames } from '../condition/packed.ts';
import type { Suspect } from '../engine.ts';
import type { KernelLayout } from './kernel-layout.ts';
import { LineKernel } from './line-kernel.ts';
import type { LineTexts } from './line-texts.ts';
import { type ComposerLayout, OutputComposer } from './output-composer.ts';
import type { FilterConstant, FilteredRules, FilterParts } from './quiet-filter.ts';

type PackedConstant =
  | Extract<FilterConstant, string>
  | ({ readonly kind: 'suspect' } & Suspect)
  | { readonly kind: 'cut-out'; readonly leaf: number };

/** Behind it stand conditions, which are named by their rows, and the bytes of the kernel's memory. */
interface PackedHead {
  readonly kernel: Omit<KernelLayout, 'memory'> & { readonly memory: Omit<KernelLayout['memory'], 'bytes'> };
  readonly composer: ComposerLayout;
  readonly recalled: readonly (readonly number[])[];
  readonly code: string;
  readonly constants: readonly PackedConstant[];
}

interface PackableParts extends Omit<FilterParts, 'kernel' | 'composer'> {
  readonly kernel: Pick<LineKernel, 'layout'>;
  readonly composer: Pick<OutputComposer, 'layout'>;
}

/** Our own rules take 0.25 MB. */
const maxTableBytes = 16_000_000;

/**
 * What was compiled as bytes, for a later start; to be asked before the first line. To compile the filter of our own rules took
 * a start 0.1 s, to unpack it takes a tenth of that. Undefined where it is too large.
 */
export function packFilter({ kernel, composer, recalled, code, constants }: PackableParts): Uint8Array | undefined {
  const layout = kernel.layout();
  if (layout === undefined) return undefined;
  const { bytes, ...memory } = layout.memory;
  if (bytes.length > maxTableBytes) return undefined;
  const packer = new ConditionPacker();
  try {
    const head: PackedHead = {
      kernel: { ...layout, memory },
      composer: composer.layout(),
      recalled: recalled.map((conditions) => conditions().map((condition) => packer.add(condition))),
      code,
      constants: constants.map((constant) =>
        typeof constant === 'object' && constant.kind === 'cut-out'
          ? { kind: 'cut-out', leaf: packer.add(constant.leaf()) }
          : constant,
      ),
    };
    return packTexts([JSON.stringify(head), packer.text()], bytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Of the same rules and the same format. `names`: the fields of the rules' source. */
export function unpackFilter<E extends LogEvent>(
  packed: Uint8Array,
  rules: FilteredRules,
  { regular }: Pick<LogFormat<E>, 'regular'>,
  geo: LineOrigin['geo'],
  texts: LineTexts<E>,
  names: FieldNames,
): FilterParts | undefined {
  if (regular === undefined) return undefined;
  const [text, conditions] = textsOf(packed);
  if (text === undefined || conditions === undefined) return undefined;
  const head = JSON.parse(text()) as PackedHead;
  const unpacker = new ConditionUnpacker(conditions, names);
  const memory = { ...head.kernel.memory, bytes: restOf(packed) };
  const recalled = head.recalled.map((rows) => once(() => rows.map((row) => unpacker.condition(row))));
  const judges = recalled.map((conditions, n) => texts.judge(head.kernel.recalled[n]!.part, conditions));
  const kernel = new LineKernel(regular, { ...head.kernel, memory }, judges);
  const composer = new OutputComposer(kernel, rules, regular.time, geo, head.composer);
  const constants = head.constants.map((constant): FilterConstant => {
    if (typeof constant !== 'object' || constant.kind !== 'cut-out') return constant;
    return { kind: 'cut-out', leaf: () => leafOf(unpacker.condition(constant.leaf)) };
  });
  return { kernel, composer, recalled, code: head.code, constants };
}

function leafOf(condition: CheckedCondition): Leaf {
  if (condition.kind !== 'leaf') throw new Error('only a check is asked of a text that is cut out');
  return condition;
}
