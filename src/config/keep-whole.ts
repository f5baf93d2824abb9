import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a file of what a start keeps for the next one: beside it, and put in place at once, for those who start meanwhile, be it
 * two threads of one process. `folder` is made if it is missing. False where it cannot be written; nothing is left half written
 * then.
 */
export function keepWhole(path: string, bytes: Uint8Array | string, folder?: string): boolean {
  const whole = `${path}.${randomName()}`;
  try {
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
    writeFileSync(whole, bytes);
    renameSync(whole, path);
    return true;
  } catch {
    remove(whole);
    return false;
  }
}

/** What a full disk took of a file need not stay. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Nor was it there.
  }
}

export function randomName(): string {
  return Math.random().toString(36).slice(2);
}
