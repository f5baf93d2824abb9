import type { RulesFinding, RulesLocation, RulesPosition } from '../engine.ts';
import type { RulesSource } from './rules-source.ts';
import type { YamlNode } from './yaml-node.ts';

/** A span of a rules file. */
export interface Place {
  readonly source: RulesSource;
  readonly offset: number;
  readonly length: number;
}

/** What a finding can be about, in Falco's words. */
export type ContextKind =
  | 'value for'
  | 'exceptions'
  | 'exception'
  | 'exception values'
  | 'exception value'
  | 'rules content'
  | 'rules content item'
  | 'required_engine_version'
  | 'required plugin versions'
  | 'required plugin versions entry'
  | 'required plugin versions alternative'
  | 'list'
  | 'list item'
  | 'macro'
  | 'macro condition'
  | 'rule'
  | 'rule condition'
  | 'condition expression'
  | 'rule output'
  | 'rule output expression'
  | 'rule priority'
  | 'overrides';

const items: readonly ContextKind[] = ['rule', 'macro', 'list'];

/** Where reading or compiling stands: a place, and the chain of things it stands in. */
export class Context {
  readonly kind: ContextKind;
  readonly name: string;
  readonly place: Place;
  readonly parent: Context | undefined;

  constructor(kind: ContextKind, name: string, place: Place, parent?: Context) {
    this.kind = kind;
    this.name = name;
    this.place = place;
    this.parent = parent;
  }

  static ofFile(source: RulesSource): Context {
    return new Context('rules content', '', { source, offset: 0, length: 1 });
  }

  child(kind: ContextKind, name: string, at: YamlNode | Place): Context {
    const length = 'length' in at ? at.length : Math.max(1, at.end - at.offset);
    return new Context(kind, name, { source: at.source, offset: at.offset, length }, this);
  }

  get position(): RulesPosition {
    return this.place.source.position(this.place.offset);
  }

  /** What stands at the place. */
  get text(): string {
    const { source, offset, length } = this.place;
    return source.text.slice(offset, offset + length);
  }

  finding(code: string, message: string): RulesFinding {
    const { source, offset, length } = this.place;
    const chain = this.#chain();
    const item = chain.find((context) => items.includes(context.kind));
    return {
      code,
      message,
      ...(item && { item: { kind: item.kind, name: item.name } }),
      at: this.position,
      within: chain.map((context): RulesLocation => {
        return { kind: context.kind, name: context.name, at: context.position };
      }),
      snippet: source.snippet(offset, length),
    };
  }

  #chain(): readonly Context[] {
    return this.parent ? [...this.parent.#chain(), this] : [this];
  }
}
