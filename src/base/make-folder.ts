import { closeSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** A folder that cannot be made or written to; the message says why and what to do. */
export class FolderError extends Error {
  override readonly name = 'FolderError';
}

/**
 * Makes the folder and those above it where they are missing. Throws `FolderError`. Node's own `mkdir` with `recursive` never
 * comes back from a path below /proc: the file system answers ENOENT for a folder whose parent is there, and Node makes the
 * parent and tries again, for ever (Node 24.21).
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !isFolder(at); at = dirname(at)) missing.unshift(at);
  for (const at of missing) {
    try {
      mkdirSync(at);
    } catch (error) {
      // Another process may have made it meanwhile.
      if (codeOf(error) !== 'EEXIST' || !isFolder(at)) throw refused(dirname(at), error);
    }
  }
}

/** The same, and tries whether files can be made in it: rights alone do not tell, of a read-only disk say. */
export function makeWritableFolder(path: string): void {
  makeFolder(path);
  const probe = join(path, `.writable-${process.pid}`);
  try {
    closeSync(openSync(probe, 'w', 0o600));
    rmSync(probe, { force: true });
  } catch (error) {
    throw refused(path, error);
  }
}

function isFolder(path: string): boolean {
  let found: ReturnType<typeof statSync>;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw refused(path, error);
  }
  if (found?.isDirectory() === false) throw new FolderError(`${path} is there and is no folder; name another one`);
  return found !== undefined;
}

function refused(folder: string, error: unknown): FolderError {
  const code = codeOf(error);
  return new FolderError(`nothing can be made in ${folder}: ${adviceFor(code) ?? 'name another folder'} (${code})`, {
    cause: error,
  });
}

function adviceFor(code: string): string | undefined {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'this user may not write there; give it the rights, or name a folder of its own';
    case 'EROFS':
      return 'it is mounted read-only; name a folder on a disk, a volume say';
    case 'ENOENT':
      return 'that file system takes no files of ours; name a folder on a disk';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full; make room, or name a folder on another one';
    case 'ENAMETOOLONG':
      return 'the name is too long; name a shorter one';
    case 'ELOOP':
      return 'symbolic links there lead in a circle; name another folder';
    default:
      return undefined;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
