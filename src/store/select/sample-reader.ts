import type { StoreClient } from '../client.ts'
import type { HotCoverage } from '../hot/hot-coverage.ts'
import type { HotWindow } from '../hot/hot-window.ts'
import type { QueryBounds, SelectRequest } from '../metrics-source.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import { joinColumns, selectHot, tooManySeries, type RefColumns } from './hot-select.ts'
import { readSamples } from './read-samples.ts'

export interface SampleReaderOptions {
  readonly client: StoreClient
  readonly index: SeriesIndex
  readonly hot: HotWindow
  readonly cover: HotCoverage
}

/** Reads samples, the recent ones from the hot window and the older ones from the engine, with no seam between them. */
export class SampleReader {
  readonly #options: SampleReaderOptions

  constructor(options: SampleReaderOptions) {
    this.#options = options
  }

  /**
   * The series that the matchers accept and that may have samples in the range, as a list of the caller's own: that of the index
   * changes with every new series, also while the engine reads. Throws a `limit` past `maxSeries`.
   */
  refsOf(request: SelectRequest, bounds: QueryBounds): readonly SeriesRef[] {
    const { index } = this.#options
    const refs = index
      .match(request.matchers)
      .filter(
        (ref) => index.firstMsOf(ref) <= request.endMs && index.lastMsOf(ref) >= request.startMs,
      )
    if (refs.length > bounds.maxSeries) throw tooManySeries(refs.length, bounds.maxSeries)
    return refs
  }

  /** All samples of the series in [startMs, endMs], by position in `refs`. Rejects with `limit` past `maxSamples`. */
  async read(
    refs: readonly SeriesRef[],
    startMs: number,
    endMs: number,
    bounds: QueryBounds,
  ): Promise<RefColumns> {
    const { client, index, hot, cover } = this.#options
    // Copied before the engine is asked: what the window lets go of meanwhile is on this side of the seam already.
    const coverStartMs = cover.startMs
    const hotStartMs = Math.max(startMs, coverStartMs)
    const recent = selectHot(hot, refs, hotStartMs, endMs, bounds.maxSamples)
    const untilMs = Math.min(endMs, coverStartMs - 1)
    if (startMs > untilMs || !refs.some((ref) => index.firstMsOf(ref) <= untilMs)) return recent
    const maxSamples = bounds.maxSamples - recent.values.length
    const older = await readSamples(
      client,
      index,
      { refs, startMs, endMs: untilMs },
      { signal: bounds.signal, maxSeries: bounds.maxSeries, maxSamples },
    )
    return joinColumns(older, recent)
  }
}
