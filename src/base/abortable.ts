/**
 * The items until the signal is aborted; then it throws the signal's reason at once, even while the next item is being
 * waited for. An iterator that hangs so is left alone: nobody waits for it to end.
 */
export async function* abortable<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  signal.throwIfAborted();
  const iterator = items[Symbol.asyncIterator]();
  let abort: (() => void) | undefined;
  // One listener for all items: a promise of the abort, raced with each item, would keep all of them.
  const listen = (): void => abort?.();
  signal.addEventListener('abort', listen, { once: true });
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        abort = () => reject(new Error('stopped', { cause: signal.reason }));
        // While the item before was being worked on.
        if (signal.aborted) abort();
        else iterator.next().then(resolve, reject);
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', listen);
    const ended = iterator.return?.();
    if (!signal.aborted) await ended;
    else ended?.catch(() => undefined);
  }
}
