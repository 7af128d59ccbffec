import type { Labels } from '../../model/labels.ts'
import { isStale } from '../../model/stale.ts'
import type { RawColumns } from './context.ts'
import { type Grid, type Rows, RowReader } from './grid.ts'
import type { Pace } from './pace.ts'
import { firstAfter } from './instant-rows.ts'
import type { LookTimes } from './times.ts'

/** Samples of one series: the rows `from` to `to` of two columns, ascending, without staleness markers. */
export interface Slice {
  timestampsMs: Float64Array
  values: Float64Array
  from: number
  to: number
}

/** Where windows are cut from: a range selector or a subquery. */
export interface WindowSource {
  readonly labels: readonly Labels[]
  load(row: number, slice: Slice): void | Promise<void>
}

/** A function of the samples in a window. It is given one series by `load`, then that series' windows in ascending order. */
export interface WindowKernel {
  /** A window with fewer samples has no result. */
  readonly minSamples: number
  /** True when a window costs time in proportion to its samples; otherwise the whole series does. */
  readonly isLinear: boolean
  load(slice: Slice): void
  /** Whether a window with enough samples has a result; absent when it always has. */
  hasResult?(lo: number, hi: number, endMs: number): boolean
  /**
   * The result for the samples `lo` to `hi` (exclusive), those after `endMs - range` and not after `endMs`, at a step of the
   * grid.
   */
  compute(lo: number, hi: number, endMs: number, step: number): number
}

/** Memory for the samples of a series whose staleness markers have to be left out. */
export interface SliceScratch {
  readonly timestampsMs: Float64Array<ArrayBuffer>
  readonly values: Float64Array<ArrayBuffer>
}

/**
 * Points `slice` at the rows `from` to `to` of some columns, or at a copy in `scratch` where staleness markers have to be left out.
 * Returns the scratch memory, which may have grown.
 */
export function sliceOf(
  columns: Pick<RawColumns, 'timestampsMs' | 'values' | 'words'>,
  from: number,
  to: number,
  scratch: SliceScratch,
  slice: Slice,
): SliceScratch {
  const { timestampsMs, values, words } = columns
  let first = from
  while (first < to && !isStale(values, words, first)) first++
  if (first === to) {
    slice.timestampsMs = timestampsMs
    slice.values = values
    slice.from = from
    slice.to = to
    return scratch
  }
  const room =
    scratch.values.length >= to - from
      ? scratch
      : { timestampsMs: new Float64Array(to - from), values: new Float64Array(to - from) }
  let kept = 0
  for (let i = from; i < to; i++) {
    if (i >= first && isStale(values, words, i)) continue
    room.timestampsMs[kept] = timestampsMs[i] as number
    room.values[kept] = values[i] as number
    kept++
  }
  slice.timestampsMs = room.timestampsMs
  slice.values = room.values
  slice.from = 0
  slice.to = kept
  return room
}

/** Raw samples of a range selector; staleness markers are left out. */
export class RawWindows implements WindowSource {
  readonly labels: readonly Labels[]
  readonly #columns: RawColumns
  #scratch: SliceScratch = { timestampsMs: new Float64Array(0), values: new Float64Array(0) }

  constructor(columns: RawColumns) {
    this.#columns = columns
    this.labels = columns.labels
  }

  load(row: number, slice: Slice): void {
    const { offsets } = this.#columns
    const from = offsets[row] as number
    const to = offsets[row + 1] as number
    this.#scratch = sliceOf(this.#columns, from, to, this.#scratch, slice)
  }
}

/** The rows that the inside of a subquery evaluated to, as samples at the subquery's own steps. */
export class SubqueryWindows implements WindowSource {
  readonly labels: readonly Labels[]
  readonly #grid: Grid
  readonly #reader: RowReader
  readonly #timestampsMs: Float64Array
  readonly #values: Float64Array

  constructor(rows: Rows, grid: Grid) {
    this.labels = rows.labels
    this.#grid = grid
    this.#reader = new RowReader(rows, grid.steps)
    this.#timestampsMs = new Float64Array(grid.steps)
    this.#values = new Float64Array(grid.steps)
  }

  load(row: number, slice: Slice): void | Promise<void> {
    const waiting = this.#reader.load(row)
    if (waiting !== undefined) return waiting.then(() => this.#collect(slice))
    this.#collect(slice)
  }

  #collect(slice: Slice): void {
    const { values, present, at } = this.#reader
    const { startMs, stepMs, steps } = this.#grid
    let kept = 0
    for (let step = 0; step < steps; step++) {
      if (present[at + step] === 0) continue
      this.#timestampsMs[kept] = startMs + step * stepMs
      this.#values[kept] = values[at + step] as number
      kept++
    }
    slice.timestampsMs = this.#timestampsMs
    slice.values = this.#values
    slice.from = 0
    slice.to = kept
  }
}

/** Work after which a row lets others run. */
const UNITS_PER_PIECE = 100_000

/** Where the walk over the windows of one row stands. */
interface Walk {
  step: number
  lo: number
  hi: number
}

/**
 * A range function over a whole grid: windows move over the samples with two indices that only go forward. `rangeAt` tells how long a
 * window is that ends at a time, where that is not always the same.
 */
export class WindowRows implements Rows {
  readonly labels: readonly Labels[]
  readonly #source: WindowSource
  readonly #kernel: WindowKernel
  readonly #times: LookTimes
  readonly #rangeMs: number
  readonly #steps: number
  readonly #pace: Pace
  readonly #rangeAt: ((endMs: number) => number) | undefined
  readonly #slice: Slice = {
    timestampsMs: new Float64Array(0),
    values: new Float64Array(0),
    from: 0,
    to: 0,
  }

  constructor(
    source: WindowSource,
    kernel: WindowKernel,
    times: LookTimes,
    rangeMs: number,
    steps: number,
    pace: Pace,
    rangeAt?: (endMs: number) => number,
  ) {
    this.labels = source.labels
    this.#source = source
    this.#kernel = kernel
    this.#times = times
    this.#rangeMs = rangeMs
    this.#steps = steps
    this.#pace = pace
    this.#rangeAt = rangeAt
  }

  fill(row: number, values: Float64Array, present: Uint8Array, at: number): void | Promise<void> {
    const waiting = this.#source.load(row, this.#slice)
    if (waiting !== undefined) return waiting.then(() => this.#begin(values, present, at))
    return this.#begin(values, present, at)
  }

  #begin(values: Float64Array, present: Uint8Array, at: number): void | Promise<void> {
    const slice = this.#slice
    this.#kernel.load(slice)
    const first = firstAfter(
      slice.timestampsMs,
      slice.from,
      slice.to,
      this.#times.firstMs - (this.#rangeAt?.(this.#times.firstMs) ?? this.#rangeMs),
    )
    const walk = { step: 0, lo: first, hi: first }
    if (this.#advance(walk, values, present, at)) return
    return this.#continue(walk, values, present, at)
  }

  async #continue(
    walk: Walk,
    values: Float64Array,
    present: Uint8Array,
    at: number,
  ): Promise<void> {
    do await this.#pace.rest()
    while (!this.#advance(walk, values, present, at))
  }

  /** Walks on; true when the row is complete, false when it is time to rest. */
  #advance(walk: Walk, values: Float64Array, present: Uint8Array, at: number): boolean {
    const { timestampsMs, to } = this.#slice
    const { firstMs, stepMs } = this.#times
    const kernel = this.#kernel
    const { minSamples, isLinear } = kernel
    const isPartial = kernel.hasResult !== undefined
    const rangeAt = this.#rangeAt
    const rangeMs = this.#rangeMs
    const steps = this.#steps
    let { lo, hi } = walk
    let units = 0
    for (let step = walk.step; step < steps; step++) {
      const endMs = firstMs + step * stepMs
      const afterMs = endMs - (rangeAt === undefined ? rangeMs : rangeAt(endMs))
      const reached = hi
      while (lo < to && (timestampsMs[lo] as number) <= afterMs) lo++
      if (hi < lo) hi = lo
      while (hi < to && (timestampsMs[hi] as number) <= endMs) hi++
      let isPresent = hi - lo >= minSamples
      if (isPresent && isPartial) isPresent = kernel.hasResult?.(lo, hi, endMs) ?? true
      present[at + step] = isPresent ? 1 : 0
      if (isPresent) values[at + step] = kernel.compute(lo, hi, endMs, step)
      units += isLinear ? hi - lo + 1 : hi - reached + 1
      if (units >= UNITS_PER_PIECE) {
        const isTired = this.#pace.spend(units)
        units = 0
        if (isTired) {
          walk.step = step + 1
          walk.lo = lo
          walk.hi = hi
          return step + 1 === steps
        }
      }
    }
    this.#pace.spend(units)
    return true
  }
}
