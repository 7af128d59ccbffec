import { Slices } from '../../self/loop-turns.ts'
import type { StoreClient } from '../client.ts'
import type { HotCoverage } from '../hot/hot-coverage.ts'
import type { HotWindow } from '../hot/hot-window.ts'
import type { QueryBounds, SelectRequest } from '../metrics-source.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import type { ColumnPool } from './column-pool.ts'
import {
  type ChosenSeries,
  selectHotAtOnce,
  selectHotInSlices,
  tooManySeries,
  type RefColumns,
} from './hot-select.ts'
import { readSamples } from './read-samples.ts'

export interface SampleReaderOptions {
  readonly client: StoreClient
  readonly index: SeriesIndex
  readonly hot: HotWindow
  readonly cover: HotCoverage
  readonly pool: ColumnPool
  /** From when on the hot window may hold samples that the engine does not have. */
  readonly undurableFromMs: () => number
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

  /**
   * The same of a store that others write into, too: the hot window only knows what came here, so the engine is asked about the
   * whole range, and what it may not have yet is added. What is there twice is folded.
   */
  async #readShared(
    series: ChosenSeries,
    startMs: number,
    endMs: number,
    bounds: QueryBounds,
  ): Promise<RefColumns> {
    const { client, hot, index, pool, undurableFromMs } = this.#options
    const slices = new Slices(() => bounds.signal.throwIfAborted())
    const { maxSamples } = bounds
    const recent = {
      pool,
      series,
      startMs: Math.max(startMs, undurableFromMs()),
      endMs,
      maxSamples,
    }
    const columns =
      selectHotAtOnce(hot, recent, slices) ?? (await selectHotInSlices(hot, index, recent, slices))
    const own = { columns, fromMs: Number.NEGATIVE_INFINITY }
    const whole = { series, startMs, endMs }
    const all =
      series.refs.length === 0
        ? columns
        : await readSamples(client, index, whole, own, bounds, slices, pool)
    if (all !== columns) giveBack(pool, columns)
    return all
  }

  /**
   * All samples of the series in [startMs, endMs], by position in `refs`; none of a series that was forgotten since it was chosen.
   * Small selections from memory are answered in one go, all others in slices. Rejects with `limit` past `maxSamples`.
   */
  async read(
    series: ChosenSeries,
    startMs: number,
    endMs: number,
    bounds: QueryBounds,
  ): Promise<RefColumns> {
    const { client, hot, index, cover, pool } = this.#options
    if (client.isShared) return this.#readShared(series, startMs, endMs, bounds)
    const slices = new Slices(() => bounds.signal.throwIfAborted())
    // Copied before the engine is asked: what the window lets go of meanwhile is on this side of the seam already.
    const beganMs = cover.startMs
    const selection = {
      pool,
      series,
      startMs: Math.max(startMs, beganMs),
      endMs,
      maxSamples: bounds.maxSamples,
    }
    const columns =
      selectHotAtOnce(hot, selection, slices) ??
      (await selectHotInSlices(hot, index, selection, slices))
    // What the window let go of while it was copied is missing of some series: then the seam is where the window begins now.
    const hasMoved = cover.startMs > beganMs
    const untilMs = Math.min(endMs, cover.startMs - 1)
    if (startMs > untilMs || !series.refs.some((ref) => index.firstMsOf(ref) <= untilMs)) {
      return columns
    }
    const recent = { columns, fromMs: hasMoved ? cover.startMs : Number.NEGATIVE_INFINITY }
    const left = {
      signal: bounds.signal,
      maxSeries: bounds.maxSeries,
      maxSamples: bounds.maxSamples - columns.values.length,
    }
    const older = { series, startMs, endMs: untilMs }
    const all = await readSamples(client, index, older, recent, left, slices, pool)
    if (all !== columns) giveBack(pool, columns)
    return all
  }
}

/** The memory of columns that nobody looks at any more may be used again. */
export function giveBack(
  pool: ColumnPool,
  columns: Pick<RefColumns, 'timestampsMs' | 'values'>,
): void {
  pool.give(columns.timestampsMs)
  pool.give(columns.values)
}
