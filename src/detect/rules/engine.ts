import type { Alert, FieldValue } from '../../alert/alert.ts';
import type { Priority } from '../../alert/priority.ts';
import type { ExplainedCheck } from './condition/explain.ts';
import type { FieldSpec, LineOrigin, LogEvent, LogFormat } from '../formats/format.ts';

/** An event source that rules can name, as a Falco plugin would declare it. */
export interface EventSource {
  readonly name: string;
  readonly plugin: { readonly name: string; readonly version: string };
  /** Every field that a rule of this source may use; Falco's generic `evt.*` fields are added by the engine. */
  readonly fields: readonly FieldSpec[];
}

export interface RulesFile {
  /** As errors should name it: a path. */
  readonly name: string;
  readonly content: string;
}

/** An entry of falco.yaml's `rules:`; both parts given means both apply, one after the other. */
export interface RuleSelection {
  readonly action: 'enable' | 'disable';
  /** A rule's name, `*` matching anything. */
  readonly rule?: string;
  readonly tag?: string;
}

/** An entry of falco.yaml's `append_output:`. `extraFields`: a raw field name, or `[key, format]`. */
export interface AppendOutput {
  readonly match?: { readonly source?: string; readonly rule?: string; readonly tags?: readonly string[] };
  readonly extraOutput?: string;
  readonly extraFields?: readonly (string | readonly [key: string, format: string])[];
}

/** Falco's settings that change what a rule set is or prints. Defaults are Falco's. */
export interface EngineOptions {
  readonly sources: readonly EventSource[];
  /** `first` (default): the first rule in file order that matches raises the event's only alert. */
  readonly ruleMatching?: 'first' | 'all';
  /** Rules less urgent than this are not loaded. Default Debug. */
  readonly priority?: Priority;
  readonly selection?: readonly RuleSelection[];
  readonly appendOutput?: readonly AppendOutput[];
  /** `evt.time` and the output's time prefix as ISO 8601 in UTC. Default false: local time, as Falco. */
  readonly timeFormatIso8601?: boolean;
  readonly hostname?: string;
  /** Whether `required_plugin_versions` must be met by the sources' plugins. Default true. */
  readonly checkPluginVersions?: boolean;
  /** Where filters of quiet lines are kept. Whoever gives it sees to it that it has those of the same rules and options only. */
  readonly keptFilters?: KeptFilters;
}

/** What one start compiled and the next need not compile again, in bytes. Neither throws. */
export interface KeptFilters {
  /** Undefined where nothing is kept by the name, or not what was to be kept. */
  find(name: string): Uint8Array | undefined;
  /** `name`: letters, digits and hyphens. */
  keep(name: string, filter: Uint8Array): void;
}

/** Where in a rules file something stands. Line and column are 1-based, as editors count. */
export interface RulesPosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Characters before it in the file, 0-based. */
  readonly offset: number;
}

/** One link of the chain from a file to the spot that a finding is about, in Falco's words: `rule 'x'`, `rule condition`, `value for 'tags'`. */
export interface RulesLocation {
  readonly kind: string;
  readonly name: string;
  readonly at: RulesPosition;
}

/** One error or warning of loading, by Falco's own code (`LOAD_ERR_COMPILE_CONDITION`, `LOAD_UNKNOWN_KEY` …). */
export interface RulesFinding {
  readonly code: string;
  readonly message: string;
  /** The item it is about, `rule`/`macro`/`list` and its name, where there is one. */
  readonly item?: { readonly kind: string; readonly name: string };
  readonly at: RulesPosition;
  /** What it stands in, the file first, the offending spot last. */
  readonly within: readonly RulesLocation[];
  /** The offending source line(s) with a caret line under the offending text. */
  readonly snippet: string;
}

export interface FileFindings {
  readonly file: string;
  readonly errors: readonly RulesFinding[];
  readonly warnings: readonly RulesFinding[];
}

/** A rule as it will run, for `rules explain`, the triage page and lints. */
export interface CompiledRule {
  readonly name: string;
  readonly desc: string;
  readonly priority: Priority;
  readonly source: string;
  readonly tags: readonly string[];
  /** It runs: enabled by its file or by the selection, and as urgent as the priority threshold asks. */
  readonly enabled: boolean;
  /** The condition after lists, macros and exceptions, in canonical form. */
  readonly condition: string;
  readonly output: string;
  readonly at: RulesPosition;
}

/** A rule that matched. Speaks of the event at hand, so only until its engine is given the next one. */
export interface Match {
  readonly rule: CompiledRule;
  /** The event's time, as an alert's. */
  time(): string;
  /** The hour of that time: `2026-11-21T13`. */
  hour(): string;
  /** Of `output_fields`, in Falco's order; the same for every match of the rule. */
  readonly fieldKeys: readonly string[];
  /** The value of `fieldKeys[index]`. */
  field(index: number): FieldValue;
  /** Falco's whole output line, with its time and priority: a byte string. */
  output(): string;
  /**
   * Writes the output where there is room for it, and behind it the ending that the quiet lines were asked for, if it is known to
   * be printable ASCII and needs no event to be made: how many bytes. 0 where nothing was written, and `output` has to be asked.
   */
  writeOutput(room: OutputRoom): number;
  alert(): Alert;
  /** The checks that made the rule match. Slow, for people. */
  explain(): readonly ExplainedCheck[];
}

/** Where outputs are written as bytes. */
export interface OutputRoom {
  /** Where in `bytes`, which this may replace, so many bytes may be written. */
  space(size: number): number;
  readonly bytes: Buffer;
}

/** What is written behind outputs. */
export interface OutputEnding {
  /** Endings of one name have the same deciders. Letters. */
  readonly name: string;
  /** Which of a rule's fields have a say in it. */
  deciders(fieldKeys: readonly string[]): readonly string[];
  /** What stands there where the value of the only decider is this: a byte string, the same for the same value. Nothing for null. */
  say(key: string, value: FieldValue): string;
}

/** A rule that an event may meet, by its place among the engine's rules. */
export interface Suspect {
  readonly rule: number;
  /** It does meet it. */
  readonly certain: boolean;
}

/** Tells lines on which there is nothing to say, before an event is made of them. */
export interface QuietLines {
  /**
   * Passes over lines that are events of the format and raise no alert, from the one that begins at `at` on; they are counted
   * as `matches` would. Gives where the first line begins that has to be parsed and evaluated, or the length of the bytes.
   * Lines end in a line feed, the last one of the bytes perhaps not. A Buffer once given must not change.
   */
  pass(bytes: Buffer, at: number): number;
  /** How many lines the last call passed over. */
  readonly passed: number;
  /**
   * What is known of the line that the last call stopped at: it meets no other rules than these, which are in order. Undefined
   * where nothing is known of it. Good until the next call.
   */
  readonly suspects: readonly Suspect[] | undefined;
  /** Where that line ends, its line feed or the end of the bytes. */
  readonly lineEnd: number;
  /**
   * The rules that it meets, as `RuleEngine.matches` would say of its event, which is counted; undefined, and nothing is
   * counted, where that takes an event. To be asked at most once, right after `pass`. `number` is the line's in its object.
   */
  matches(origin: LineOrigin, number: number): readonly Match[] | undefined;
}

/** Evaluates the events of one format. Engines of one rule set share Falco's per-source counters (`evt.num`, `evt.reltime`). */
export interface RuleEngine<E extends LogEvent> {
  /**
   * The rules that the event meets, in rule order; the shared empty array when none. Never throws. `suspects`: what this engine's
   * quiet lines say of the event's line; then no other rules are asked.
   */
  matches(event: E, suspects?: readonly Suspect[]): readonly Match[];
  /** The alerts that the event raises: those of `matches`. Never throws. */
  evaluate(event: E): readonly Alert[];
  /** For lines whose addresses are looked up with `geo`; `ending` is for `Match.writeOutput`. Undefined where the format's lines cannot be told from their bytes. */
  quietLines?(geo: LineOrigin['geo'], ending?: OutputEnding): QuietLines | undefined;
}

/** Rules that loaded without error. */
export interface RuleSet {
  /** In file order, disabled ones included. */
  readonly rules: readonly CompiledRule[];
  /** As they stand after all files, in the order of their first definition. */
  readonly lists: readonly { readonly name: string; readonly items: readonly string[] }[];
  readonly macros: readonly { readonly name: string; readonly condition: string }[];
  /** Compiles the enabled rules of the format's event source for its fields. */
  engine<E extends LogEvent>(format: LogFormat<E>): RuleEngine<E>;
  /**
   * Which checks of a rule's condition decide that the event meets it, or fails it; undefined where there is no rule of that
   * name for events of the format. Counts nothing: `evt.num` and `evt.reltime` are those of a first event. Slow, for people.
   */
  explain<E extends LogEvent>(
    rule: string,
    format: LogFormat<E>,
    event: E,
  ): { readonly matched: boolean; readonly checks: readonly ExplainedCheck[] } | undefined;
  /** What loads but is hardly meant, judged for rules that see events of these formats. Slow, for people. */
  lint(formats: readonly LogFormat[]): readonly RulesFinding[];
}

/** The result of loading; `ruleSet` is absent when a file has an error. Falco stops there: files behind it are not in `files`. */
export interface LoadedRules {
  readonly files: readonly FileFindings[];
  readonly ruleSet?: RuleSet;
}
