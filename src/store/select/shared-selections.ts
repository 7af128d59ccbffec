import { formatMatcher } from '../../model/matcher.ts'
import type { QueryBounds, SelectRequest, SeriesColumns } from '../metrics-source.ts'

/** Reads whose holders never said that they were done, at most. */
const MAX_READS = 32
/** So long what is held is shared although others may have written meanwhile. */
const SHARED_MS = 500

interface Read {
  readonly version: number
  readonly bounds: QueryBounds
  readonly columns: Promise<SeriesColumns>
  holders: number
}

/**
 * Selections that are held now, shared with whoever asks the same while nothing was written since they were begun: the panels of a
 * dashboard look at the same series over the same range in the same moment, and each copy is megabytes.
 */
export class SharedSelections {
  readonly #reads = new Map<string, Read>()
  readonly #giveBack: (columns: SeriesColumns) => void
  readonly #isShared: boolean

  /** `giveBack` is told when nobody holds what was read any more. `isShared`: others write into the store, whose writes are not counted. */
  constructor(
    giveBack: (columns: SeriesColumns) => void,
    { isShared = false }: { readonly isShared?: boolean } = {},
  ) {
    this.#giveBack = giveBack
    this.#isShared = isShared
  }

  /**
   * What `read` answers, or what it answered another. `written` grows with everything that is written. Rejects as `read` does; that
   * another query was ended meanwhile ends no one else's.
   */
  async select(
    request: SelectRequest,
    bounds: QueryBounds,
    written: number,
    read: () => Promise<SeriesColumns>,
  ): Promise<SeriesColumns> {
    const version = written + (this.#isShared ? Math.floor(performance.now() / SHARED_MS) : 0)
    const key = `${request.startMs} ${request.endMs} ${bounds.maxSeries} ${bounds.maxSamples} ${request.matchers.map(formatMatcher).join()}`
    const known = this.#reads.get(key)
    if (known?.version === version) {
      known.holders++
      try {
        return this.#lease(key, known, await known.columns)
      } catch (thrown) {
        if (!known.bounds.signal.aborted || bounds.signal.aborted) throw thrown
      }
    }
    const own = { version, bounds, columns: read(), holders: 1 }
    this.#note(key, own)
    try {
      return this.#lease(key, own, await own.columns)
    } catch (thrown) {
      this.#forget(key, own)
      throw thrown
    }
  }

  #note(key: string, own: Read): void {
    for (const [other, { version }] of this.#reads) {
      if (version !== own.version) this.#reads.delete(other)
    }
    const oldest = this.#reads.keys().next()
    if (this.#reads.size >= MAX_READS && oldest.done !== true) this.#reads.delete(oldest.value)
    this.#reads.set(key, own)
  }

  #lease(key: string, read: Read, columns: SeriesColumns): SeriesColumns {
    let isHeld = true
    const release = (): void => {
      if (!isHeld) return
      isHeld = false
      if (--read.holders > 0) return
      this.#forget(key, read)
      this.#giveBack(columns)
    }
    return { ...columns, release }
  }

  #forget(key: string, read: Read): void {
    if (this.#reads.get(key) === read) this.#reads.delete(key)
  }
}
