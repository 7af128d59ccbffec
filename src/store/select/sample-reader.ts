import { Problem } from '../../model/problem.ts'
import type { StoreClient } from '../client.ts'
import type { HotCoverage } from '../hot/hot-coverage.ts'
import type { HotWindow } from '../hot/hot-window.ts'
import type { QueryBounds, SelectRequest } from '../metrics-source.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import { joinColumns, selectHot, type RefColumns } from './hot-select.ts'
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

  /** The series that the matchers accept and that may have samples in the range. Rejects with `limit` past `maxSeries`. */
  refsOf(request: SelectRequest, bounds: QueryBounds): readonly SeriesRef[] {
    const { index } = this.#options
    const matching = index.match(request.matchers)
    const isInRange = (ref: SeriesRef): boolean =>
      index.firstMsOf(ref) <= request.endMs && index.lastMsOf(ref) >= request.startMs
    const refs = matching.every(isInRange) ? matching : matching.filter(isInRange)
    if (refs.length > bounds.maxSeries) {
      throw new Problem(
        'limit',
        `the query selects ${refs.length} series, the limit is ${bounds.maxSeries} (query.max-series)`,
      )
    }
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
    const recent = selectHot(hot, refs, Math.max(startMs, coverStartMs), endMs)
    if (recent.values.length > bounds.maxSamples) {
      throw new Problem(
        'limit',
        'query processing would load too many samples into memory in query execution',
      )
    }
    const untilMs = Math.min(endMs, coverStartMs - 1)
    if (startMs > untilMs || !refs.some((ref) => index.firstMsOf(ref) <= untilMs)) return recent
    const older = await readSamples(client, index, { refs, startMs, endMs: untilMs }, bounds)
    return joinColumns(older, recent)
  }
}
