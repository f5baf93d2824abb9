import type { OutputKind } from './output.ts';
import { stdout } from './stdout.ts';

/** Every kind of output, in the order of the README's table. */
export const outputKinds: readonly OutputKind[] = [stdout];
