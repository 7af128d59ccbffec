/**
 * Signs of life as somebody else sees them: a text that changes with each sign, and how long it has been the same on the clock of
 * who watches. So no two clocks are ever compared, and none of them needs to be right.
 */
export class WatchedSigns<Key> {
  readonly #seen = new Map<Key, { readonly sign: string; readonly sinceMs: number }>()

  /**
   * Notes the sign that was read; `nowMs` is a monotonic time at which it had been read already: the sign is not younger. Answers
   * for how long it has been the same.
   */
  note(key: Key, sign: string, nowMs: number): number {
    const before = this.#seen.get(key)
    if (before?.sign === sign) return nowMs - before.sinceMs
    this.#seen.set(key, { sign, sinceMs: nowMs })
    return 0
  }

  /** Forgets keys that are no longer there. */
  keepOnly(keys: ReadonlySet<Key>): void {
    for (const key of this.#seen.keys()) if (!keys.has(key)) this.#seen.delete(key)
  }

  /** Begins to watch anew: after a time in which nothing could be read, others could not give signs either. */
  clear(): void {
    this.#seen.clear()
  }
}
