import type { Progress } from './sources/source.ts';

/** A progress that forgets at the end: for `scan`, which reads everything every time. */
export function forgetfulProgress(): Progress {
  return { settledVersion: () => undefined, settle: () => {}, forget: () => {}, expire: () => {} };
}
