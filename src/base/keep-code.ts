declare global {
  interface ImportMeta {
    /** In a bundle (bin/build.mjs), where nothing is kept of it. */
    readonly keepCode?: () => void;
  }
}

/**
 * Keeps what V8 has compiled so far for the next start (bin/kept-code.cjs), once; undefined where there is nothing to be kept. For
 * threads, which end without a last word and may not come to rest before.
 */
export const keepCode: (() => void) | undefined = import.meta.keepCode;
