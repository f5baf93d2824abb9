import { catalogue } from './formats/catalogue.ts';
import type { EventField, EventValue, Follows, LogEvent, LogFormat, Stands } from './formats/format.ts';
import { type LineSplitter, lineSplitter } from './formats/split-line.ts';
import { columnPart } from './formats/format.ts';
import { formats } from './formats/registry.ts';

/** What EventFrames knows of a format before the first line: what the shape says, and what is worked out line by line. */
export interface FramePlan {
  /** The shape's number, 255 where lines of the format have none. */
  readonly shape: number;
  readonly splitter: LineSplitter | undefined;
  readonly parts: number;
  /** All fields but `awselb.raw`. */
  readonly all: readonly PlannedField[];
  readonly numbers: readonly NumberField[];
  readonly lowered: readonly LoweredField[];
  readonly recalled: readonly RecalledField[];
  readonly following: readonly FollowingField[];
  readonly constants: readonly { readonly number: number; readonly value: string }[];
  /** Asked of the event of every line. */
  readonly asked: readonly PlannedField[];
  /** The part that is the time. */
  readonly time: number;
}

export interface PlannedField {
  /** Its place in the catalogue. */
  readonly number: number;
  readonly field: EventField<LogEvent>;
}

export interface NumberField extends PlannedField {
  readonly part: number;
  readonly isMillis: boolean;
}

/** The part itself, unless it has to be decoded or put into lower case. */
export interface LoweredField extends PlannedField {
  readonly part: number;
}

type TextStands = Stands & { readonly as: 'text' };

/** What it comes to is kept: on a line with the same part it comes to the same. */
export interface RecalledField extends PlannedField {
  readonly part: number;
  readonly read: NonNullable<TextStands['read']>;
  /** Of the line before: the value, and whether it was the part itself. */
  came: EventValue | undefined;
  cameAsPart: boolean;
}

/** The same, of several parts. */
export interface FollowingField extends PlannedField {
  readonly follows: Follows;
  came: EventValue | undefined;
}

export const noShape = 255;

const prefix = 'awselb.';
export const numberOf = (name: string): number => catalogue.findIndex((row) => row.name === name);

/** Written for every line, or never there on a regular one (`extra`). */
const own = new Set(['awselb.raw', 'awselb.object', 'awselb.line', 'awselb.event_id', 'awselb.extra']);

type Sorted = {
  -readonly [list in
    | 'numbers'
    | 'lowered'
    | 'recalled'
    | 'following'
    | 'constants'
    | 'asked']: FramePlan[list][number][];
};

export function planOf(format: LogFormat): FramePlan {
  const all = format.fields
    .filter(({ name }) => name !== 'awselb.raw')
    .map((field): PlannedField => ({ number: numberOf(field.name), field }));
  const sorted: Sorted = { numbers: [], lowered: [], recalled: [], following: [], constants: [], asked: [] };
  for (const planned of all) if (!own.has(planned.field.name)) sortIn(sorted, planned);
  const { regular } = format;
  const splitter = regular && lineSplitter(regular);
  return {
    shape: shaped.includes(format) ? shaped.indexOf(format) : noShape,
    splitter,
    parts: splitter?.parts ?? 0,
    all,
    ...sorted,
    time: regular === undefined ? -1 : columnPart(regular.time),
  };
}

function sortIn(sorted: Sorted, planned: PlannedField): void {
  const { stands, follows } = planned.field;
  if (stands === undefined) {
    if (follows === undefined) sorted.asked.push(planned);
    else if (follows.textBut === undefined) sorted.following.push({ ...planned, follows, came: undefined });
  } else if (stands.as === 'constant') sorted.constants.push({ number: planned.number, value: stands.value });
  else if (stands.as !== 'text')
    sorted.numbers.push({ ...planned, part: stands.part, isMillis: stands.as === 'millis' });
  else if (stands.decoded === true) sorted.lowered.push({ ...planned, part: stands.part });
  else if (partOf(planned.field) === undefined && stands.read !== undefined)
    sorted.recalled.push({ ...planned, part: stands.part, read: stands.read, came: undefined, cameAsPart: false });
}

/** Where the shape says it all: the part, and whether `-1` is no value. The plugin reads addresses itself. */
function partOf({ stands, follows, type }: EventField<LogEvent>): readonly [number, 0 | 1] | undefined {
  const [only] = follows?.parts ?? [];
  if (follows?.textBut !== undefined && only !== undefined) return [only, follows.textBut === '-1' ? 1 : 0];
  if (stands?.as !== 'text' || stands.decoded === true) return undefined;
  return stands.read === undefined || type === 'ipnet' ? [stands.part, 0] : undefined;
}

/** Formats whose regular lines have a shape; its number is the place here. */
const shaped = formats.filter(({ regular }) => regular !== undefined);

/** What every body begins with: the names that its numbers stand for, and the shapes. */
export const frameHeader = Buffer.concat([
  Buffer.from('ELB1'),
  Buffer.of(catalogue.length),
  ...catalogue.map(({ name }) => {
    const short = Buffer.from(name.slice(prefix.length));
    return Buffer.concat([Buffer.of(short.length), short]);
  }),
  Buffer.of(shaped.length),
  ...shaped.map(({ fields, regular }) => {
    const parts = fields.flatMap((field) => {
      const part = partOf(field);
      return part === undefined ? [] : [numberOf(field.name), ...part];
    });
    return Buffer.of(regular === undefined ? 0 : lineSplitter(regular).parts, parts.length / 3, ...parts);
  }),
]);
