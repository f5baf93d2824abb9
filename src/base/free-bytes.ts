/**
 * Gives the memory of large bytes back at once; nobody may read them after. Left to the garbage collector, which sees a
 * small object, megabytes of such memory wait for it, and it marks the whole heap the more often. `bytes` must have their
 * ArrayBuffer for themselves, as those beyond Buffer's pool have; smaller ones are left alone.
 */
export function freeBytes({ buffer }: Pick<Uint8Array, 'buffer'>): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize && !buffer.detached) buffer.transfer(0);
}
