import type { Expr, MacroReference } from '../condition/ast.ts';
import type { Context } from './context.ts';

/** A condition may grow to this many nodes by its macros: macros of macros can grow without bound otherwise. */
export const maxNodes = 200_000;
/** And be nested this deep: each macro inside a macro can add a level. */
export const maxDepth = 1000;

/** A macro's condition, parsed. `expr` is replaced once the macros inside it are in. */
export interface CompiledMacro {
  readonly name: string;
  /** Position of its first definition and of its last (re)definition or append among all items of all files. */
  readonly index: number;
  readonly visibility: number;
  readonly context: Context;
  expr: Expr;
  used: boolean;
}

/** Why macros could not be put in, and at which name. */
export interface MacroFault {
  readonly message: string;
  readonly at: MacroReference;
}

/**
 * The pass `macros`: every name in the tree is replaced by the macro's tree, so that a macro keeps its grouping.
 * Only macros first defined before `visibility` may be named.
 *
 *     not m and t.num = 1,  m: a.b = 1 or a.b = 2   →   not (a.b = 1 or a.b = 2) and t.num = 1
 */
export function substituteMacros(
  expr: Expr,
  macros: ReadonlyMap<string, CompiledMacro>,
  visibility: number,
): Expr | MacroFault {
  const substitution = new Substitution(macros, visibility);
  const substituted = substitution.run(expr);
  const fault = substitution.loop ?? substitution.tooLarge ?? substitution.unknown;
  if (fault) return fault;
  for (const macro of substitution.used) macro.used = true;
  return substituted;
}

class Substitution {
  readonly #macros: ReadonlyMap<string, CompiledMacro>;
  readonly #visibility: number;
  readonly #path: string[] = [];
  readonly used = new Set<CompiledMacro>();
  loop: MacroFault | undefined;
  unknown: MacroFault | undefined;
  tooLarge: MacroFault | undefined;

  constructor(macros: ReadonlyMap<string, CompiledMacro>, visibility: number) {
    this.#macros = macros;
    this.#visibility = visibility;
  }

  /** A tree without macros is returned as it is: trees are shared, not copied. */
  run(expr: Expr): Expr {
    if (this.tooLarge || !measure(expr).hasMacros) return expr;
    switch (expr.kind) {
      case 'and':
      case 'or':
        return { ...expr, children: expr.children.map((child) => this.run(child)) };
      case 'not':
        return { ...expr, child: this.run(expr.child) };
      case 'macro':
        return this.#substitute(expr);
      case 'check':
        return expr;
    }
  }

  #substitute(reference: MacroReference): Expr {
    const macro = this.#macros.get(reference.name);
    if (!macro || macro.index >= this.#visibility) {
      this.unknown ??= { message: `Undefined macro '${reference.name}' used in filter.`, at: reference };
      return reference;
    }
    if (this.#path.includes(macro.name)) {
      this.loop ??= { message: `reference loop in macro '${macro.name}'`, at: reference };
      return reference;
    }
    this.#path.push(macro.name);
    const expr = this.run(macro.expr);
    this.#path.pop();
    this.used.add(macro);
    const { nodes, depth } = measure(expr);
    if (nodes > maxNodes || depth > maxDepth || this.#path.length > maxDepth) {
      const limit = nodes > maxNodes ? `${maxNodes} nodes` : `${maxDepth} levels`;
      this.tooLarge ??= {
        message: `The condition of macro '${macro.name}' grows beyond ${limit} by its macros`,
        at: reference,
      };
    }
    return expr;
  }
}

interface Measure {
  readonly nodes: number;
  readonly depth: number;
  readonly hasMacros: boolean;
}

const leaf: Measure = { nodes: 1, depth: 1, hasMacros: false };
const reference: Measure = { nodes: 1, depth: 1, hasMacros: true };
const measures = new WeakMap<Expr, Measure>();

/** How large a tree is when printed; remembered, since trees share their parts. */
export function measure(expr: Expr): Measure {
  if (expr.kind === 'check') return leaf;
  if (expr.kind === 'macro') return reference;
  const known = measures.get(expr);
  if (known) return known;
  const parts = (expr.kind === 'not' ? [expr.child] : expr.children).map(measure);
  const made = {
    nodes: parts.reduce((sum, part) => sum + part.nodes, 1),
    depth: Math.max(...parts.map((part) => part.depth)) + 1,
    hasMacros: parts.some((part) => part.hasMacros),
  };
  measures.set(expr, made);
  return made;
}
