/** SQLite's primary result codes (sqlite.org/rescode.html) that a person can do something about. */
const causes: Readonly<Record<number, string>> = {
  5: 'another process kept the store locked; stop it or give the two processes separate stores',
  8: 'the file or its folder cannot be written; make both writable for this user, or move the store (`store.path`) to a writable disk',
  10: 'the disk reported an input/output error; check the disk and its free space',
  11: 'the file is damaged; nothing was changed. Move it and its -wal file away to keep what can be rescued (`sqlite3 FILE .recover`), then start with a new store',
  13: 'the disk is full or the store has reached `store.max_bytes`; free space or shorten `store.retention`',
  14: 'the file cannot be opened; the folder must exist and be writable, and so must the file',
  26: 'it is not an alert store (not an SQLite database); nothing was changed. Point `store.path` elsewhere',
};

/** An error that says which store, what is wrong and what to do. `doing` completes "cannot …": `open`, `write to`. */
export function storeError(doing: string, path: string, error: unknown): Error {
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = 'errcode' in cause && typeof cause.errcode === 'number' ? cause.errcode & 0xff : undefined;
  const advice = code === undefined ? undefined : causes[code];
  const said = advice === undefined ? cause.message : `${advice} (SQLite: ${cause.message})`;
  return new Error(`cannot ${doing} the alert store ${path}: ${said}`, { cause });
}
