import type { Expr, FieldExpr, Span, TransformerArg, Val } from '../condition/ast.ts';
import { parseCondition } from '../condition/parse.ts';
import type { Context } from './context.ts';
import { type CompiledList, expandLists } from './lists.ts';
import { LoadError } from './load-error.ts';
import type { SourcedText } from './sourced-text.ts';

/**
 * The pass `parse`. Trees are shared between conditions (a macro's tree stands in every condition that names it), so
 * the nodes' offsets alone do not say in which text: that is remembered here.
 */
export class ConditionParser {
  readonly #texts = new WeakMap<Span, SourcedText>();

  /** The tree of a condition, its lists expanded, its macros not yet. `context`: the condition's. */
  parse(condition: SourcedText, lists: readonly CompiledList[], context: Context): Expr {
    const text = expandLists(condition, lists, context);
    const parsed = parseCondition(text.text);
    if (!parsed.ok) {
      const at = context.child('condition expression', '', text.locate(parsed.at.index));
      throw new LoadError('LOAD_ERR_COMPILE_CONDITION', parsed.message, at);
    }
    for (const node of nodesOf(parsed.expr)) this.#texts.set(node, text);
    return parsed.expr;
  }

  /** The context of a node of any parsed tree, inside that of the condition being compiled. */
  at(node: Span, condition: Context): Context {
    const place = this.#texts.get(node)?.locate(node.start, node.end - node.start);
    return place ? condition.child('condition expression', '', place) : condition;
  }
}

type Node = Expr | FieldExpr | TransformerArg | Val | NonNullable<Extract<Expr, { kind: 'check' }>['right']>;

function* nodesOf(node: Node): Generator<Span> {
  yield node;
  for (const child of childrenOf(node)) yield* nodesOf(child);
}

function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.children;
    case 'not':
      return [node.child];
    case 'check':
      return node.right ? [node.left, node.right] : [node.left];
    case 'transformer':
      return node.args;
    case 'val':
      return [node.field];
    case 'list':
    case 'transformer-list':
      return node.items;
    case 'macro':
    case 'field':
    case 'constant':
      return [];
  }
}
