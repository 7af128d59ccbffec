import type { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import { createTarget, type HotWindow } from '../hot/hot-window.ts'
import type { SeriesColumns } from '../metrics-source.ts'
import type { SeriesRef } from '../series/series-index.ts'

/** Samples of some series, by position in `refs`. */
export interface RefColumns {
  readonly refs: readonly SeriesRef[]
  readonly offsets: Uint32Array
  readonly timestampsMs: Float64Array
  readonly values: Float64Array
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

/** Copies the samples in [startMs, endMs] out of the hot window. Throws a `limit` when there are more than `maxSamples`. */
export function selectHot(
  hot: HotWindow,
  refs: readonly SeriesRef[],
  startMs: number,
  endMs: number,
  maxSamples: number,
): RefColumns {
  let room = 0
  for (const ref of refs) room += hot.count(ref, startMs, endMs)
  if (room > maxSamples) throw tooManySamples()
  const target = createTarget(room)
  const offsets = new Uint32Array(refs.length + 1)
  for (let i = 0; i < refs.length; i++) {
    hot.copy(refs[i] as number, startMs, endMs, target)
    offsets[i + 1] = target.length
  }
  return {
    refs,
    offsets,
    timestampsMs: target.timestampsMs,
    values: target.values,
  }
}

/** Puts the older part of each series before its newer one; both are by position in the same `refs`. */
export function joinColumns(older: RefColumns, newer: RefColumns): RefColumns {
  if (newer.values.length === 0) return older
  if (older.values.length === 0) return newer
  const count = older.refs.length
  const total = older.values.length + newer.values.length
  const timestampsMs = new Float64Array(total)
  const values = new Float64Array(total)
  const offsets = new Uint32Array(count + 1)
  let at = 0
  for (let i = 0; i < count; i++) {
    for (const part of [older, newer]) {
      const from = part.offsets[i] as number
      const to = part.offsets[i + 1] as number
      timestampsMs.set(part.timestampsMs.subarray(from, to), at)
      values.set(part.values.subarray(from, to), at)
      at += to - from
    }
    offsets[i + 1] = at
  }
  return { refs: older.refs, offsets, timestampsMs, values }
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
