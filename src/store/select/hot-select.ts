import type { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import type { Slices } from '../../self/loop-turns.ts'
import { createTarget, type HotWindow } from '../hot/hot-window.ts'
import type { SeriesColumns } from '../metrics-source.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import type { ColumnPool } from './column-pool.ts'

/** Samples of some series, by position in `refs`. */
export interface RefColumns {
  readonly refs: readonly SeriesRef[]
  readonly offsets: Uint32Array
  readonly timestampsMs: Float64Array
  readonly values: Float64Array
}

/**
 * Series that a query chose, with what told them from all others then. A query that rests or waits may find that one was forgotten
 * meanwhile, and its ref given to another.
 */
export interface ChosenSeries {
  readonly refs: readonly SeriesRef[]
  /** By position in `refs`. */
  readonly stamps: Float64Array
}

/** Notes which series these refs stand for now. */
export function choose(index: SeriesIndex, refs: readonly SeriesRef[]): ChosenSeries {
  const stamps = new Float64Array(refs.length)
  for (let i = 0; i < refs.length; i++) stamps[i] = index.stampOf(refs[i] as number)
  return { refs, stamps }
}

/** Prometheus's words (promql.ErrTooManySamples). */
export function tooManySamples(): Problem {
  const message = 'query processing would load too many samples into memory in query execution'
  return new Problem('limit', message)
}

export function tooManySeries(count: number, limit: number): Problem {
  const message = `the query selects ${count} series, the limit is ${limit} (query.max-series)`
  return new Problem('limit', message)
}

/** So much is copied in one go: it takes some five milliseconds. */
const SAMPLES_AT_ONCE = 200_000
const SERIES_AT_ONCE = 10_000
/** Units of work for looking at one series and for counting one sample. */
const SERIES_UNITS = 4
const COUNT_UNITS = 1 / 8

export interface HotSelection {
  /** What the columns are made of. */
  readonly pool: ColumnPool
  readonly series: ChosenSeries
  /** Both inclusive. */
  readonly startMs: number
  readonly endMs: number
  readonly maxSamples: number
}

/** A selection that is small, copied out of the hot window in one go; undefined when it is not small. */
export function selectHotAtOnce(
  hot: HotWindow,
  { pool, series: { refs }, startMs, endMs, maxSamples }: HotSelection,
  slices: Slices,
): RefColumns | undefined {
  if (refs.length > SERIES_AT_ONCE) return undefined
  let room = 0
  for (const ref of refs) {
    room += hot.count(ref, startMs, endMs)
    if (room > SAMPLES_AT_ONCE) return undefined
  }
  if (room > maxSamples) throw tooManySamples()
  if (slices.spend(refs.length * SERIES_UNITS + room)) return undefined
  const target = createTarget(room, (length) => pool.take(length))
  const offsets = new Uint32Array(refs.length + 1)
  for (let i = 0; i < refs.length; i++) {
    hot.copy(refs[i] as number, startMs, endMs, target)
    offsets[i + 1] = target.length
  }
  return { refs, offsets, timestampsMs: target.timestampsMs, values: target.values }
}

/**
 * Copies the samples in [startMs, endMs] out of the hot window, in slices. Of each series what is newer than its newest sample now is
 * left out, so that samples that came together are seen together. What the window lets go of meanwhile may be missing: whoever asks
 * looks where the window begins when this is done. Rejects with a `limit` when there are more than `maxSamples`.
 */
export async function selectHotInSlices(
  hot: HotWindow,
  index: SeriesIndex,
  { pool, series: { refs, stamps }, startMs, endMs, maxSamples }: HotSelection,
  slices: Slices,
): Promise<RefColumns> {
  const untilMs = new Float64Array(refs.length)
  for (let i = 0; i < refs.length; i++) {
    untilMs[i] = Math.min(endMs, hot.newestMs(refs[i] as number))
  }
  let room = 0
  for (let i = 0; i < refs.length; i++) {
    const ref = refs[i] as number
    const count =
      index.stampOf(ref) === stamps[i] ? hot.count(ref, startMs, untilMs[i] as number) : 0
    room += count
    if (room > maxSamples) throw tooManySamples()
    if (slices.spend(SERIES_UNITS + count * COUNT_UNITS)) await slices.rest()
  }
  const target = createTarget(room, (length) => pool.take(length))
  const offsets = new Uint32Array(refs.length + 1)
  for (let i = 0; i < refs.length; i++) {
    const ref = refs[i] as number
    if (index.stampOf(ref) === stamps[i]) hot.copy(ref, startMs, untilMs[i] as number, target)
    offsets[i + 1] = target.length
    if (slices.spend(SERIES_UNITS + target.length - (offsets[i] as number))) await slices.rest()
  }
  return {
    refs,
    offsets,
    timestampsMs: target.timestampsMs.subarray(0, target.length),
    values: target.values.subarray(0, target.length),
  }
}

/** Leaves out the series without samples and names the others; `all` are the labels by position. */
export function toSeriesColumns(all: readonly Labels[], columns: RefColumns): SeriesColumns {
  const labels: Labels[] = []
  const offsets = new Uint32Array(columns.refs.length + 1)
  for (let i = 0; i < columns.refs.length; i++) {
    const to = columns.offsets[i + 1] as number
    if (to === (columns.offsets[i] as number)) continue
    labels.push(all[i] as Labels)
    offsets[labels.length] = to
  }
  return {
    labels,
    offsets: offsets.subarray(0, labels.length + 1),
    timestampsMs: columns.timestampsMs,
    values: columns.values,
  }
}
