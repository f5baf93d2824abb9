import { type Clock, systemClock } from '../../src/base/clock.ts';
import type { LogObject, Progress, SourceNote, SourceTools } from '../../src/detect/sources/source.ts';
import { progressInMemory } from '../contracts/describe-source.ts';

export interface NotingTools extends SourceTools {
  /** What the source told, in order. */
  readonly notes: SourceNote[];
}

export function sourceTools(given: { clock?: Clock; progress?: Progress; name?: string } = {}): NotingTools {
  const notes: SourceNote[] = [];
  return {
    name: given.name ?? 'logs',
    clock: given.clock ?? systemClock,
    progress: given.progress ?? progressInMemory(),
    notes,
    report: (note) => notes.push(note),
    resolvePath: (path) => path,
    stdin: async function* () {},
  };
}

/** The source's next `count` objects. The iterator stays open: the caller settles, then asks on or returns it. */
export async function take(objects: AsyncIterator<LogObject>, count: number): Promise<LogObject[]> {
  const taken: LogObject[] = [];
  while (taken.length < count) {
    const next = await objects.next();
    if (next.done === true) throw new Error(`the source ended after ${taken.length} objects`);
    taken.push(next.value);
  }
  return taken;
}

export function reasonsOf(notes: readonly SourceNote[], kind: 'skipped' | 'buried' | 'trouble'): string[] {
  return notes.flatMap((note) => {
    if (note.kind !== kind) return [];
    return note.kind === 'trouble' ? [note.cause.message] : [`${note.name}: ${note.reason}`];
  });
}
