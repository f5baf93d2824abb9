import type { CheckedCondition, Leaf, Value } from './checked.ts';
import { readsOfValue } from './reads.ts';

/**
 * What a condition comes to for events of one format, whose fields are `available`. A check on a field that the format
 * cannot fill is false, and what follows from that is worked out once instead of for every event.
 *
 *   nlb.tls_alert = x                                  false          (an ALB line has no such field)
 *   nlb.tls_alert = x and alb.path contains y          false
 *   nlb.tls_alert = x or alb.path contains y           alb.path contains y
 *   not nlb.tls_alert exists and alb.path contains y   alb.path contains y
 *   (a or b) or c                                      a or b or c
 *   not not a                                          a
 */
export function fold(condition: CheckedCondition, available: (field: string) => boolean): CheckedCondition {
  switch (condition.kind) {
    case 'constant':
      return condition;
    case 'leaf':
      return canHold(condition, available) ? condition : constant(false);
    case 'not': {
      const child = fold(condition.child, available);
      if (child.kind === 'constant') return constant(!child.value);
      return child.kind === 'not' ? child.child : { kind: 'not', child };
    }
    case 'and':
    case 'or': {
      const { kind } = condition;
      const decisive = kind === 'or';
      const children: CheckedCondition[] = [];
      for (const unfolded of condition.children) {
        const child = fold(unfolded, available);
        if (child.kind === kind) children.push(...child.children);
        else if (child.kind !== 'constant') children.push(child);
        else if (child.value === decisive) {
          // What stands before it cannot change the result: checks have no effects.
          return constant(decisive);
        }
      }
      if (children.length === 1 && children[0]) return children[0];
      return children.length === 0 ? constant(!decisive) : { kind, children };
    }
  }
}

function canHold({ value, test }: Leaf, available: (field: string) => boolean): boolean {
  if (test.kind === 'never' || !canHaveValue(value, available)) return false;
  return test.kind !== 'right' || canHaveValue(test.right, available);
}

function constant(value: boolean): CheckedCondition {
  return { kind: 'constant', value };
}

function canHaveValue(value: Value, available: (field: string) => boolean): boolean {
  return readsOfValue(value).every(({ field }) => available(field.name));
}
