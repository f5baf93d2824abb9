import { describe, expect, it } from 'vitest';
import { done, type Outcome, reject, retry } from '../../src/base/outcome.ts';
import type { Detector, ObjectReport } from '../../src/detect/detector.ts';
import { ingest, type IngestObserver } from '../../src/detect/ingest.ts';
import type { LogObject, Source } from '../../src/detect/sources/source.ts';

const object = (name: string, unsettled?: Error): LogObject => ({
  name,
  open: async function* () {},
  settle: () => (unsettled === undefined ? Promise.resolve() : Promise.reject(unsettled)),
});

function source(name: string, objects: readonly LogObject[], failure?: Error): Source {
  return {
    name,
    atOnce: 1,
    async *objects() {
      yield* objects;
      if (failure !== undefined) throw failure;
    },
  };
}

/** Settles each object with what its name asks for. */
const detector: Pick<Detector, 'read'> = {
  async read(read) {
    const outcome = outcomes[read.name] ?? done;
    await read.settle(outcome);
    const nothing = { lines: 0, events: 0, bytes: 0, testObject: false };
    return { object: read.name, outcome, ...nothing, bad: new Map(), badSamples: [], alerts: new Map() };
  },
};
const outcomes: Record<string, Outcome> = { never: reject(new Error('junk')), later: retry(new Error('not now')) };

function observer(): IngestObserver & { readonly told: string[] } {
  const told: string[] = [];
  return {
    told,
    began: () => {},
    ended: (name, report: ObjectReport) => told.push(`${name}: ${report.object} ${report.outcome.kind}`),
    exhausted: (name, objects) => told.push(`${name}: exhausted after ${objects}`),
    unsettled: (name, one, cause) => told.push(`${name}: ${one} unsettled: ${cause.message}`),
    failed: (name, cause) => told.push(`${name}: failed: ${cause.message}`),
  };
}

const run = (sources: readonly Source[], told: IngestObserver) =>
  ingest(sources, detector, told, new AbortController().signal);

describe('ingest', () => {
  it('goes on when an object cannot be settled, and does not call the source unreadable', async () => {
    const told = observer();
    const objects = [object('a', new Error('disk full')), object('b')];
    expect(await run([source('logs', objects)], told)).toEqual({ givenUp: 0, unread: 1, failedSources: 0 });
    expect(told.told).toEqual(['logs: a unsettled: disk full', 'logs: b done', 'logs: exhausted after 2']);
  });

  it('counts what was given up, what was left, and sources that fail while others go on', async () => {
    const told = observer();
    const result = await run(
      [source('one', [object('never'), object('later')]), source('two', [object('a')], new Error('no credentials'))],
      told,
    );
    expect(result).toEqual({ givenUp: 1, unread: 1, failedSources: 1 });
    expect(told.told).toContain('two: failed: no credentials');
    expect(told.told).toContain('one: exhausted after 2');
  });

  it('does not count as left what failed once and was read when it came again', async () => {
    const again = { ...object('late') };
    let reads = 0;
    const flaky: Pick<Detector, 'read'> = {
      read: async (one, signal) => ({
        ...(await detector.read(one, signal)),
        outcome: reads++ === 0 ? retry(new Error('not now')) : done,
      }),
    };
    const result = await ingest([source('logs', [again, again])], flaky, observer(), new AbortController().signal);
    expect(result).toEqual({ givenUp: 0, unread: 0, failedSources: 0 });
  });
});
