const windowMs = 60_000;
/** Failures in a window, from one address and for one user. */
const maxOfAddress = 10;
const maxOfUser = 20;
/** Addresses and users remembered in a window; when there are more, nobody may try until it is over. */
const maxRemembered = 10_000;

/** Keeps passwords from being tried out: after some failures an address, or everyone for a user, waits for the next minute. */
export class LoginLimit {
  readonly #failures = new Map<string, number>();
  #windowStartMs = 0;

  mayTry(address: string, user: string, nowMs: number): boolean {
    if (nowMs - this.#windowStartMs >= windowMs) {
      this.#windowStartMs = nowMs;
      this.#failures.clear();
    }
    return (
      this.#failures.size < maxRemembered &&
      (this.#failures.get(`from ${address}`) ?? 0) < maxOfAddress &&
      (this.#failures.get(`user ${user}`) ?? 0) < maxOfUser
    );
  }

  /** Counted before the password is looked at, so that many attempts at once count as well. */
  trying(address: string, user: string): void {
    for (const key of [`from ${address}`, `user ${user}`]) this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
  }

  succeeded(address: string, user: string): void {
    for (const key of [`from ${address}`, `user ${user}`])
      this.#failures.set(key, Math.max(0, (this.#failures.get(key) ?? 0) - 1));
  }
}
