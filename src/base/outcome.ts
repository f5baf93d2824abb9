/**
 * How one attempt to hand something on ended. The only vocabulary for it in the house: sources are settled with it,
 * outputs answer with it, the courier acts on it.
 *
 * - `done`: it is where it should be; never offer it again.
 * - `retry`: not now; offer the same thing again, after `afterMs` milliseconds where the peer named a time (Retry-After).
 * - `reject`: never; offering it again would fail the same way. It goes to the dead letters with its cause.
 */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly cause: Error; readonly afterMs?: number }
  | { readonly kind: 'reject'; readonly cause: Error };

export const done: Outcome = { kind: 'done' };

export function retry(cause: Error, afterMs?: number): Outcome {
  return afterMs === undefined ? { kind: 'retry', cause } : { kind: 'retry', cause, afterMs };
}

export function reject(cause: Error): Outcome {
  return { kind: 'reject', cause };
}
