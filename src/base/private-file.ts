import { closeSync, existsSync, openSync } from 'node:fs';

/**
 * Makes the file where there is none, empty and for this user alone; one that is there stays as it is. SQLite makes its
 * files with what umask leaves, which lets everybody on the machine read them, and gives `-wal` and `-shm` the mode of the
 * database: call it before a database is opened that holds alerts. Throws what the file system says.
 */
export function makePrivate(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
}
