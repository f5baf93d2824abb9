import { columnPart, type LineOrigin } from '../../formats/format.ts';
import type { OutputRoom } from '../engine.ts';
import type { OutputPiece } from '../message/output-plan.ts';
import { startText, type TextExports } from './kernel-exports.ts';
import type { KernelMemory } from './kernel-memory.ts';
import type { LineKernel } from './line-kernel.ts';

/** What an output says beside what stands in the line. */
export interface LineSaid {
  readonly origin: LineOrigin;
  /** The line's number in its object. */
  readonly number: number;
  readonly head: { readonly num: number };
  /** The minute of the event's time; undefined where that cannot be read. Slow. */
  minute(): ToldMinute | undefined;
}

/** A minute as it is told: what stands before the seconds of each of its times, `00.000000000` to `59.999999999`. */
export interface ToldMinute {
  /** As an alert's time begins: `2026-09-15T18:00:`. */
  readonly utc: string;
  /** As outputs begin, in ASCII. */
  readonly text: string;
  /** Behind the fraction. */
  readonly zone: string;
}

/** The kernel's number for each kind of piece. */
const kinds = {
  text: 0,
  part: 1,
  uint: 2,
  millis: 3,
  recalled: 4,
  origin: 5,
  line: 6,
  num: 7,
  ending: 8,
  time: 9,
} as const;

/** Four i32 each. */
const pieceBytes = 16;

/** Longer outputs are written the long way. */
const outBytes = 64 * 1024;
/** A name of an object in S3 has 1024 bytes, a path 4096. */
const originBytes = 4 + 4096;

/** As kernel/line-text.ts lays down a slot: what its value's length, its key and its value are at. */
const slot = { bytes: 512, valueLength: 4, value: 128, maxValue: 384 } as const;
const slotCount = 1024;
/** In place of the length of a value that a slot has no room for. */
const tooLong = 0x7fff_ffff;

/** What the kernel remembers of the minute written last. */
const minute = { bytes: 96, textLength: 32, zoneLength: 36, text: 48, zone: 80, maxText: 32, maxZone: 16 } as const;
const minuteKeyBytes = 16;
/** `00.000000000`. */
const secondsBytes = 12;

/**
 * Writes outputs of the line that the kernel stopped at straight from its bytes: of our own rules' outputs of 500 bytes no
 * string is made but the whole. What is not simply a piece of the line is asked for once and remembered.
 */
export class OutputComposer {
  readonly #kernel: LineKernel;
  readonly #memory: KernelMemory;
  readonly #exports: TextExports;
  readonly #geo: LineOrigin['geo'];
  readonly #rules: Outputs;
  readonly #outputs: readonly (Laid | null)[];
  readonly #out: number;
  readonly #minute: number;
  readonly #timePart: number;
  readonly #origins: LaidOrigin[] = [];
  #origin: LineOrigin | undefined;
  #told: ToldMinute = { utc: '', text: '', zone: '' };
  #hour = '';

  /**
   * Reserves all it needs of the kernel's memory, and throws a RangeError where that is too much; nothing where it is `again`
   * the one whose memory the kernel has. `time`: the column of the line's time.
   */
  constructor(kernel: LineKernel, rules: Outputs, time: number, geo: LineOrigin['geo'], again?: ComposerLayout) {
    this.#kernel = kernel;
    this.#memory = kernel.memory;
    this.#rules = rules;
    this.#geo = geo;
    this.#timePart = columnPart(time);
    if (again === undefined) {
      this.#out = this.#memory.reserve(outBytes);
      this.#minute = this.#memory.reserve(minute.bytes);
      const texts = new Map<string, readonly number[]>();
      const slots = new Map<string, number>();
      this.#outputs = Array.from({ length: rules.count }, (_, rule) => {
        const words = rules.output(rule)?.flatMap((piece, n) => this.#laid(piece, [rule, n], texts, slots));
        if (words === undefined) return null;
        const at = this.#memory.put(Int32Array.from(words));
        return [at, at + 4 * words.length];
      });
    } else {
      this.#out = again.out;
      this.#minute = again.minute;
      this.#outputs = again.outputs;
      this.#origins.push(...again.origins);
    }
    this.#exports = startText(this.#memory);
    this.#exports.setText(kernel.bounds, this.#out, outBytes, this.#minute);
  }

  layout(): ComposerLayout {
    return { out: this.#out, minute: this.#minute, outputs: this.#outputs, origins: this.#origins };
  }

  /** Composes the rule's output for the line: how long it and its ending are, 0 where it has to be written the long way. */
  compose(rule: number, line: LineSaid): number {
    const output = this.#outputs[rule] ?? null;
    if (output === null) return 0;
    if (line.origin !== this.#origin) this.#setOrigin(line.origin);
    const [at, end] = output;
    // At most once for each piece there is something to be asked.
    for (let asked = 0; asked <= (end - at) / pieceBytes; asked++) {
      const length = this.#exports.compose(at, end, line.number, line.head.num);
      if (length >= 0) return length;
      if (!this.#answer(this.#rules.output(rule)?.[-1 - length], line)) return 0;
    }
    return 0;
  }

  /** The output that was composed last, printable ASCII. */
  text(): string {
    return this.#memory.bytes.toString('latin1', this.#out, this.#out + this.#exports.outputLength());
  }

  /** The hour of the event, `2026-09-15T18`, where an output with its time in front was composed. */
  get hour(): string {
    return this.#hour;
  }

  /** The event's time as an alert's, where an output with it in front was composed. */
  time(): string {
    const { bytes } = this.#memory;
    const at = this.#out + this.#told.text.length;
    return `${this.#told.utc}${bytes.toString('latin1', at, at + secondsBytes)}Z`;
  }

  write(length: number, room: OutputRoom): void {
    const at = room.space(length);
    this.#memory.bytes.copy(room.bytes, at, this.#out, this.#out + length);
  }

  /** The part's text, of the line that the kernel stopped at. */
  partText(part: number): string {
    return this.#kernel.text(part);
  }

  #laid(
    piece: OutputPiece,
    place: LaidOrigin['place'],
    texts: Map<string, readonly number[]>,
    slots: Map<string, number>,
  ): readonly [number, number, number, number] {
    if (typeof piece === 'string') {
      const [at = 0, length = 0] = texts.get(piece) ?? this.#putText(piece);
      texts.set(piece, [at, length]);
      return [kinds.text, at, length, 0];
    }
    const kind = kinds[piece.as];
    switch (piece.as) {
      case 'part':
        return [kind, piece.part, piece.none === undefined ? 0 : 1, 0];
      case 'uint':
      case 'millis':
        return [kind, piece.part, 0, 0];
      case 'recalled':
      case 'ending': {
        const at = slots.get(piece.key) ?? this.#memory.reserve(slot.bytes * slotCount);
        slots.set(piece.key, at);
        return [kind, piece.part, at, slotCount - 1];
      }
      case 'origin': {
        const known = this.#origins.find(({ key }) => key === piece.key);
        const at = known?.at ?? this.#memory.reserve(originBytes);
        if (known === undefined) this.#origins.push({ key: piece.key, at, place });
        return [kind, at, 0, 0];
      }
      case 'time':
        return [kind, this.#timePart, 0, 0];
      case 'line':
      case 'num':
        return [kind, 0, 0, 0];
    }
  }

  #putText(text: string): readonly number[] {
    return [this.#memory.put(Buffer.from(text, 'latin1')), text.length];
  }

  #setOrigin(origin: LineOrigin): void {
    this.#origin = origin;
    const { bytes } = this.#memory;
    for (const { at, place } of this.#origins) {
      const [rule, n] = place;
      const piece = this.#rules.output(rule)?.[n];
      if (piece === undefined || typeof piece === 'string' || piece.as !== 'origin') continue;
      const text = piece.show(origin);
      const fits = text.length <= originBytes - 4;
      bytes.writeUInt32LE(fits ? text.length : tooLong, at);
      if (fits) bytes.write(text, at + 4, 'latin1');
    }
  }

  /** Lays down what the kernel did not know; false where nobody does. */
  #answer(piece: OutputPiece | undefined, line: LineSaid): boolean {
    if (piece === undefined || typeof piece === 'string') return false;
    const { bytes } = this.#memory;
    if (piece.as === 'time') return this.#setMinute(line.minute());
    if (piece.as !== 'recalled' && piece.as !== 'ending') return false;
    const at = this.#exports.missingSlot();
    const text = piece.show(this.#kernel.text(piece.part), this.#geo);
    const fits = text.length <= slot.maxValue;
    bytes.writeUInt32LE(fits ? text.length : tooLong, at + slot.valueLength);
    if (fits) bytes.write(text, at + slot.value, 'latin1');
    return fits;
  }

  #setMinute(said: ToldMinute | undefined): boolean {
    if (said === undefined || said.text.length > minute.maxText || said.zone.length > minute.maxZone) return false;
    this.#told = said;
    this.#hour = said.utc.slice(0, 13);
    const { bytes } = this.#memory;
    const at = this.#minute;
    bytes.write(this.#kernel.text(this.#timePart).slice(0, minuteKeyBytes), at, 'latin1');
    bytes.writeUInt32LE(said.text.length, at + minute.textLength);
    bytes.write(said.text, at + minute.text, 'latin1');
    bytes.writeUInt32LE(said.zone.length, at + minute.zoneLength);
    bytes.write(said.zone, at + minute.zone, 'latin1');
    return true;
  }
}

/** Where an output's pieces begin and end in the kernel's memory. */
type Laid = readonly [at: number, end: number];

/** Where what is said of an origin stands in the kernel's memory, and a piece that says it: the rule, and which of its pieces. */
interface LaidOrigin {
  readonly key: string;
  readonly at: number;
  readonly place: readonly [rule: number, piece: number];
}

/** What makes a composer the same again on the same memory. Plain values. */
export interface ComposerLayout {
  readonly out: number;
  readonly minute: number;
  /** By rule; null where its output cannot be written so. */
  readonly outputs: readonly (Laid | null)[];
  readonly origins: readonly LaidOrigin[];
}

/** What rules say, by rule; undefined for outputs that cannot be written so. */
interface Outputs {
  readonly count: number;
  output(rule: number): readonly OutputPiece[] | undefined;
}
