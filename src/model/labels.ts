/**
 * An immutable label set: names are unique and sorted by code unit, values are never empty (in Prometheus an empty value is
 * the same as an absent label). Held flat (`name, value, name, value, …`) so that a series costs one array.
 */
export class Labels {
  static readonly EMPTY = new Labels([])

  /** `name, value, name, value, …`, sorted by name. Only `shareWith` sets it. */
  flat: readonly string[]
  /**
   * Where the store keeps this series: its own note, which it checks against `slotStamp` before use. It spares the look-up of
   * a series whose Labels object comes again and again, as from the caches of scrapes and pushes.
   */
  slot = -1
  slotStamp = 0
  #key: string | undefined

  private constructor(flat: readonly string[]) {
    this.flat = flat
  }

  /** From pairs that are already sorted by name, unique, and without empty values. Takes ownership of the array. */
  static fromSortedFlat(flat: readonly string[]): Labels {
    return flat.length === 0 ? Labels.EMPTY : new Labels(flat)
  }

  /** From a plain object; empty values are dropped. */
  static from(record: Readonly<Record<string, string>>): Labels {
    const names = Object.keys(record).sort()
    const flat: string[] = []
    for (const name of names) {
      const value = record[name]
      if (value !== undefined && value !== '') flat.push(name, value)
    }
    return Labels.fromSortedFlat(flat)
  }

  /** From name/value pairs in any order; of a repeated name the last wins, empty values are dropped. */
  static fromPairs(pairs: Iterable<readonly [string, string]>): Labels {
    const map = new Map<string, string>()
    for (const [name, value] of pairs) map.set(name, value)
    const flat: string[] = []
    for (const name of [...map.keys()].sort()) {
      const value = map.get(name)
      if (value !== undefined && value !== '') flat.push(name, value)
    }
    return Labels.fromSortedFlat(flat)
  }

  /** Lets go of its own copy of the strings for that of an equal label set, which stays longer. */
  shareWith(equal: Labels): void {
    this.flat = equal.flat
  }

  /** Number of labels. */
  get size(): number {
    return this.flat.length >> 1
  }

  /** The metric name (`__name__`), or '' when there is none. */
  get name(): string {
    return this.get('__name__')
  }

  /** The value of a label, or '' when it is absent. */
  get(name: string): string {
    const flat = this.flat
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return flat[i + 1] as string
    return ''
  }

  has(name: string): boolean {
    return this.get(name) !== ''
  }

  /**
   * A string that is equal for equal label sets and different for different ones (names and values cannot hold U+FFFF, a
   * non-character that no valid UTF-8 text of the field contains). Computed once.
   */
  get key(): string {
    return (this.#key ??= this.flat.join('\uffff'))
  }

  equals(other: Labels): boolean {
    return this === other || this.key === other.key
  }

  /** This set with the given labels set (or removed, when the value is ''). */
  with(changes: Readonly<Record<string, string>>): Labels {
    const record = this.toObject()
    for (const [name, value] of Object.entries(changes)) record[name] = value
    return Labels.from(record)
  }

  /** This set without the named labels. */
  without(names: ReadonlySet<string>): Labels {
    const flat = this.flat
    const out: string[] = []
    for (let i = 0; i < flat.length; i += 2) {
      if (!names.has(flat[i] as string)) out.push(flat[i] as string, flat[i + 1] as string)
    }
    return out.length === flat.length ? this : Labels.fromSortedFlat(out)
  }

  /** Only the named labels of this set. */
  keep(names: ReadonlySet<string>): Labels {
    const flat = this.flat
    const out: string[] = []
    for (let i = 0; i < flat.length; i += 2) {
      if (names.has(flat[i] as string)) out.push(flat[i] as string, flat[i + 1] as string)
    }
    return out.length === flat.length ? this : Labels.fromSortedFlat(out)
  }

  toObject(): Record<string, string> {
    const out: Record<string, string> = {}
    const flat = this.flat
    for (let i = 0; i < flat.length; i += 2) {
      // `__proto__` is a legal label name; a plain assignment would lose it.
      if (flat[i] === '__proto__') {
        Object.defineProperty(out, '__proto__', {
          value: flat[i + 1],
          enumerable: true,
          configurable: true,
          writable: true,
        })
      } else out[flat[i] as string] = flat[i + 1] as string
    }
    return out
  }

  /** PromQL notation, e.g. `up{job="a"}`; metric names outside the classic charset are quoted inside the braces. */
  toString(): string {
    const name = this.name
    const classic = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)
    const parts: string[] = name !== '' && !classic ? [JSON.stringify(name)] : []
    const flat = this.flat
    for (let i = 0; i < flat.length; i += 2) {
      const label = flat[i] as string
      if (label === '__name__') continue
      const shown = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) ? label : JSON.stringify(label)
      parts.push(`${shown}=${JSON.stringify(flat[i + 1])}`)
    }
    const body = parts.length > 0 ? `{${parts.join(', ')}}` : ''
    return classic ? name + body : body || '{}'
  }
}
