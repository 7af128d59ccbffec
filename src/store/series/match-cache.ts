import type { Matcher } from '../../model/matcher.ts'
import type { SeriesRef } from './series-index.ts'

const MAX_ENTRIES = 256
/** All entries together: eight megabytes. */
const MAX_REFS = 1_000_000

interface Entry {
  readonly version: number
  readonly refs: readonly SeriesRef[]
}

/** What matchers accepted, as long as the index has not changed since: rules and dashboards ask the same again and again. */
export class MatchCache {
  /** In the order of last use. */
  readonly #entries = new Map<string, Entry>()
  #refs = 0

  /** References held by all entries. */
  get refs(): number {
    return this.#refs
  }

  /** What `find` answered for these matchers at this version of the index, or else answers now. */
  get(
    matchers: readonly Matcher[],
    version: number,
    find: () => readonly SeriesRef[],
  ): readonly SeriesRef[] {
    const key = keyOf(matchers)
    const known = this.#entries.get(key)
    if (known !== undefined) this.#forget(key, known)
    const entry = known?.version === version ? known : { version, refs: find() }
    if (entry.refs.length <= MAX_REFS) this.#remember(key, entry)
    return entry.refs
  }

  clear(): void {
    this.#entries.clear()
    this.#refs = 0
  }

  #remember(key: string, entry: Entry): void {
    this.#entries.set(key, entry)
    this.#refs += entry.refs.length
    for (const [oldest, other] of this.#entries) {
      if (this.#entries.size <= MAX_ENTRIES && this.#refs <= MAX_REFS) return
      this.#forget(oldest, other)
    }
  }

  #forget(key: string, entry: Entry): void {
    this.#entries.delete(key)
    this.#refs -= entry.refs.length
  }
}

/** Lengths tell where each text ends, whatever is in it. */
function keyOf(matchers: readonly Matcher[]): string {
  let key = ''
  for (const { name, op, value } of matchers) {
    key += `${name.length}:${name}${op}${value.length}:${value}`
  }
  return key
}
