/** A map of bounded size whose entries end: used where keys come from outside. */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly untilMs: number }>()
  readonly #maxEntries: number
  readonly #nowMs: () => number

  constructor(maxEntries: number, nowMs: () => number) {
    this.#maxEntries = maxEntries
    this.#nowMs = nowMs
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (entry.untilMs > this.#nowMs()) return entry.value
    this.#entries.delete(key)
    return undefined
  }

  /** The entry that was set the longest ago makes room for this one. */
  set(key: string, value: V, lifeMs: number): void {
    this.#entries.delete(key)
    if (this.#entries.size >= this.#maxEntries) {
      const [oldest] = this.#entries.keys()
      if (oldest !== undefined) this.#entries.delete(oldest)
    }
    this.#entries.set(key, { value, untilMs: this.#nowMs() + lifeMs })
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }
}
