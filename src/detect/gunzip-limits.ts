export interface GunzipLimits {
  /** Decompressed bytes of one object. */
  readonly maxBytes: number;
  /** Decompressed over compressed bytes; ELB logs have 6 to 15, deflate's own limit is 1032. Not looked at in the first 16 MiB. */
  readonly maxRatio: number;
}

export const defaultGunzipLimits: GunzipLimits = { maxBytes: 16 * 2 ** 30, maxRatio: 250 };

const ratioFreeBytes = 16 * 2 ** 20;

/** Why a gzip file cannot be read on. What came out before it was thrown is good. */
export class GunzipError extends Error {
  readonly reason: 'truncated' | 'corrupt' | 'trailing-garbage' | 'too-large';

  constructor(reason: GunzipError['reason'], message: string) {
    super(message);
    this.name = 'GunzipError';
    this.reason = reason;
  }

  /** A member's deflate stream has no end before the file's, at byte `offset`. */
  static endsEarly(offset: number): GunzipError {
    return new GunzipError('truncated', `the gzip file ends too early, at byte ${offset}: the rest is missing`);
  }

  /** `why` is zlib's word for it. */
  static damaged(from: number, to: number, why: string): GunzipError {
    return new GunzipError('corrupt', `the gzip file is damaged between bytes ${from} and ${to}: ${why}`);
  }
}

/** What one object may unpack to. */
export class Budget {
  readonly #limits: GunzipLimits;
  #out = 0;

  constructor(limits: GunzipLimits) {
    this.#limits = limits;
  }

  /** So many more bytes came out, of `inBytes` altogether at most. What it returns is to be thrown. */
  spend(outBytes: number, inBytes: number): GunzipError | undefined {
    this.#out += outBytes;
    const { maxBytes, maxRatio } = this.#limits;
    if (this.#out > maxBytes) {
      return new GunzipError('too-large', `more than ${maxBytes} bytes decompressed: not a log that AWS writes`);
    }
    if (this.#out > ratioFreeBytes && this.#out > inBytes * maxRatio) {
      return new GunzipError(
        'too-large',
        `decompresses to more than ${maxRatio} times its size: not a log, or a zip bomb`,
      );
    }
    return undefined;
  }
}
