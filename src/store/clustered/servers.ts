/** The servers of one cluster, the first of which is asked until it cannot be reached; then the next, and so on around. */
export class Servers<T> {
  readonly all: readonly T[]
  #at = 0

  /** At least one. */
  constructor(all: readonly T[]) {
    this.all = all
  }

  get current(): T {
    return this.all[this.#at] as T
  }

  /** The one that was asked did not answer. Of several that notice at the same time only the first moves on. */
  leave(failed: T): void {
    if (this.current === failed) this.#at = (this.#at + 1) % this.all.length
  }
}
