import { type BigIntStats, constants, open } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LogObject, Source, SourceTools } from './source.ts';
import { storedFile } from './stored-file.ts';

const openDescriptor = promisify(open);

/** Reads files and folders once, from start to end. Apart from the kind (file.ts), for commands that are told paths and read no config. */
export function readFiles(paths: readonly string[], tools: SourceTools): Source {
  return {
    name: tools.name,
    atOnce: 1,
    async *objects(signal) {
      for (const path of paths) {
        for await (const object of objectsAt(path, tools)) {
          if (signal.aborted) return;
          yield object;
        }
      }
    },
  };
}

async function* objectsAt(path: string, tools: SourceTools): AsyncGenerator<LogObject> {
  if (path === '-') {
    yield { name: '-', open: () => tools.stdin(), settle: () => Promise.resolve() };
    return;
  }
  const found = await look(() => stat(tools.resolvePath(path), { bigint: true }));
  if (found instanceof Error) yield unreadable(path, found);
  else if (found.isDirectory()) yield* objectsBelow(path, tools);
  else yield* unlessSettled(path, found, tools);
}

async function* objectsBelow(folder: string, tools: SourceTools): AsyncGenerator<LogObject> {
  const names = await look(() => readdir(tools.resolvePath(folder)));
  if (names instanceof Error) {
    yield unreadable(folder, names);
    return;
  }
  for (const name of names.filter((each) => !each.startsWith('.')).sort()) {
    const path = join(folder, name);
    const entry = await look(() => lstat(tools.resolvePath(path), { bigint: true }));
    // A link to a file is read; a link to a folder is not entered, for it may lead in a circle.
    const found =
      !(entry instanceof Error) && entry.isSymbolicLink()
        ? await look(() => stat(tools.resolvePath(path), { bigint: true }))
        : entry;
    if (found instanceof Error) yield unreadable(path, found);
    else if (found.isFile()) yield* unlessSettled(path, found, tools);
    else if (found === entry && found.isDirectory()) yield* objectsBelow(path, tools);
  }
}

function* unlessSettled(path: string, stats: BigIntStats, tools: SourceTools): Generator<LogObject> {
  // A pipe given by name, `<(zcat …)`, has no size and nothing to come back to.
  const regular = stats.isFile();
  const version = `${stats.size}-${stats.mtimeNs}`;
  if (regular && tools.progress.settledVersion(tools.name, path) === version) return;
  const place = tools.resolvePath(path);
  yield {
    name: path,
    ...(regular ? { size: Number(stats.size), appearedAtMs: Number(stats.mtimeMs), file: { path: place } } : {}),
    open: (signal) => (stats.isFIFO() ? readPipe(place) : storedFile(place, signal)),
    settle: (outcome) => {
      // What could not be read now may be readable after a restart; what is no log will not become one.
      if (regular && outcome.kind !== 'retry') tools.progress.settle(tools.name, path, version);
      return Promise.resolve();
    },
  };
}

/**
 * A pipe given by name, read through the event loop: a read that waits in libuv's thread pool cannot be called off, and would
 * keep the process from ending. A pipe that nobody has open for writing is empty.
 */
async function* readPipe(path: string): AsyncGenerator<Uint8Array> {
  const fd = await openDescriptor(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  try {
    for await (const chunk of socket) {
      if (chunk instanceof Uint8Array) yield chunk;
    }
  } finally {
    socket.destroy();
  }
}

/** A path that cannot even be looked at: an object all the same, so that it is reported like any other and the rest goes on. */
function unreadable(path: string, cause: Error): LogObject {
  return {
    name: path,
    open: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(cause) }) }),
    settle: () => Promise.resolve(),
  };
}

async function look<T>(ask: () => Promise<T>): Promise<T | Error> {
  try {
    return await ask();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
