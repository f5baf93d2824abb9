import type { Clock } from '../../base/clock.ts';
import { freeBytes } from '../../base/free-bytes.ts';
import { readFrames } from './frames.ts';
import { JournalMover } from './journal-mover.ts';
import { openSqliteStore, type SqliteStore, type SqliteStoreOptions } from './sqlite.ts';
import type { JournalNews, StoreCall, StorePort, StoreReply, StoreSettings } from './store-port.ts';

/** What the writer uses beside the settings that it is sent. */
export type WriterTools = Pick<SqliteStoreOptions, 'sync' | 'syncEveryMs'> & { readonly clock: Clock };

/**
 * The one who writes the store, on a thread of its own: takes over the journal, appends batches, commits readers, removes
 * what is past the retention. Everything else only reads the file.
 */
export function serveStore(port: StorePort & { close(): void }, tools: WriterTools): void {
  const say = (reply: StoreReply): void => port.postMessage(reply);
  let store: SqliteStore | undefined;
  let mover: JournalMover | undefined;

  const open = async ({ path, maxBytes, journal }: StoreSettings): Promise<number> => {
    store = openSqliteStore({
      ...tools,
      path,
      ...(maxBytes === undefined ? {} : { maxBytes }),
      committed: () => say({ committed: true }),
    });
    if (!journal) return 0;
    mover = new JournalMover({
      path,
      clock: tools.clock,
      store,
      told: (moved, problem) => say({ moved, problem }),
      notice: (notice) => say({ notice }),
    });
    return mover.recover();
  };
  const answer = async ({ call, args }: StoreCall): Promise<unknown> => {
    if (call === 'open') return open(...args);
    if (store === undefined) throw new Error('the store is not open');
    switch (call) {
      case 'append': {
        const [{ buffer, byteOffset, byteLength }, durability] = args;
        const frames = Buffer.from(buffer, byteOffset, byteLength);
        try {
          return await store.appendRecords(readFrames(frames).records, durability);
        } finally {
          freeBytes(frames);
        }
      }
      case 'commit':
        return store.commitReader(...args);
      case 'removeReader':
        return store.removeReader(...args);
      case 'replay':
        return store.replay(...args);
      case 'retain':
        return store.retain(...args);
      case 'close':
        try {
          await mover?.close();
        } finally {
          await store.close();
        }
        break;
    }
    return undefined;
  };
  port.on('message', (value) => {
    const message = value as StoreCall | JournalNews;
    if ('journal' in message) return mover?.moveTo(message.journal);
    const { id, call } = message;
    void answer(message)
      .then(
        (result) => say({ id, answer: result }),
        (error: unknown) => say({ id, error: error instanceof Error ? error.message : String(error) }),
      )
      .then(() => {
        if (call === 'close') port.close();
      });
    return undefined;
  });
}
