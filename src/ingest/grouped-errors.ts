const SHOWN = 10

/** Errors that many lines may share, told once each, as Loki writes them (util.GroupedErrors): `3 errors like: …; 1 errors like: …`. */
export class GroupedErrors {
  readonly #counts = new Map<string, number>()
  #others = 0

  get isEmpty(): boolean {
    return this.#counts.size === 0
  }

  add(message: string, count = 1): void {
    const known = this.#counts.get(message)
    if (known === undefined && this.#counts.size >= SHOWN) this.#others += count
    else this.#counts.set(message, (known ?? 0) + count)
  }

  toString(): string {
    const counts = [...this.#counts]
    const [first] = counts
    if (first !== undefined && counts.length === 1 && first[1] === 1) return first[0]
    const shown = counts.map(([message, count]) => `${count} errors like: ${message}`)
    if (this.#others > 0) shown.push(`and ${this.#others} others`)
    return shown.join('; ')
  }
}
