import type { Labels } from '../../../model/labels.ts'
import {
  HINT_NO_RESET,
  HINT_RESET,
  HINT_UNKNOWN,
  type HistogramTable,
} from '../../../model/histograms/histogram-table.ts'
import type { HistogramColumns } from '../../../store/metrics-source.ts'
import type { RawColumns } from '../context.ts'
import { type Grid, RowReader, type Rows } from '../grid.ts'
import { RawWindows, type Slice } from '../window.ts'
import { FLOAT, NOTHING } from './histogram-work.ts'

/** The histograms of one series: entries `from` to `to`, ascending, without staleness markers. */
export interface HistogramSlice {
  timestampsMs: Float64Array
  /** Rows of the table of the query. */
  rows: Int32Array
  from: number
  to: number
}

export function emptySlice(): Slice {
  return {
    timestampsMs: new Float64Array(0),
    values: new Float64Array(0),
    from: 0,
    to: 0,
  }
}

export function emptyHistogramSlice(): HistogramSlice {
  return { timestampsMs: new Float64Array(0), rows: new Int32Array(0), from: 0, to: 0 }
}

/** Series that have histograms, and may have floats, too. */
export interface MixedSource {
  readonly labels: readonly Labels[]
  load(row: number, floats: Slice, histograms: HistogramSlice): void | Promise<void>
}

/** For each series with histograms its row among those with floats, or -1. */
export function floatRowsOf(raw: RawColumns, { labels }: HistogramColumns): Int32Array {
  const out = new Int32Array(labels.length).fill(-1)
  if (raw.labels.length === 0) return out
  const rowOf = new Map(labels.map((own, row) => [own.key, row]))
  for (let row = 0; row < raw.labels.length; row++) {
    const at = rowOf.get((raw.labels[row] as Labels).key)
    if (at !== undefined) out[at] = row
  }
  return out
}

/** The series of a selector that have histograms. */
export class RawMixed implements MixedSource {
  readonly labels: readonly Labels[]
  readonly #floats: RawWindows
  readonly #floatRows: Int32Array
  readonly #columns: HistogramColumns
  #timestampsMs = new Float64Array(0)
  #rows = new Int32Array(0)

  constructor(raw: RawColumns, columns: HistogramColumns, floatRows: Int32Array) {
    this.labels = columns.labels
    this.#floats = new RawWindows(raw)
    this.#floatRows = floatRows
    this.#columns = columns
  }

  load(row: number, floats: Slice, histograms: HistogramSlice): void {
    const floatRow = this.#floatRows[row] as number
    if (floatRow >= 0) this.#floats.load(floatRow, floats)
    else {
      floats.from = 0
      floats.to = 0
    }
    const { offsets, timestampsMs, rows } = this.#columns
    const from = offsets[row] as number
    const to = offsets[row + 1] as number
    if (this.#rows.length < to - from) {
      this.#rows = new Int32Array(to - from)
      this.#timestampsMs = new Float64Array(to - from)
    }
    let kept = 0
    for (let i = from; i < to; i++) {
      if ((rows[i] as number) < 0) continue
      this.#timestampsMs[kept] = timestampsMs[i] as number
      this.#rows[kept] = rows[i] as number
      kept++
    }
    histograms.timestampsMs = this.#timestampsMs
    histograms.rows = this.#rows
    histograms.from = 0
    histograms.to = kept
  }
}

/** What the inside of a subquery evaluated to. */
export class SubqueryMixed implements MixedSource {
  readonly labels: readonly Labels[]
  readonly #grid: Grid
  readonly #table: HistogramTable
  readonly #reader: RowReader
  readonly #floatTimesMs: Float64Array
  readonly #values: Float64Array
  readonly #timesMs: Float64Array
  readonly #rows: Int32Array

  constructor(rows: Rows, grid: Grid, table: HistogramTable) {
    this.labels = rows.labels
    this.#grid = grid
    this.#table = table
    this.#reader = new RowReader(rows, grid.steps)
    this.#floatTimesMs = new Float64Array(grid.steps)
    this.#values = new Float64Array(grid.steps)
    this.#timesMs = new Float64Array(grid.steps)
    this.#rows = new Int32Array(grid.steps)
  }

  load(row: number, floats: Slice, histograms: HistogramSlice): void | Promise<void> {
    const waiting = this.#reader.load(row)
    if (waiting !== undefined) return waiting.then(() => this.#collect(floats, histograms))
    this.#collect(floats, histograms)
  }

  #collect(floats: Slice, histograms: HistogramSlice): void {
    const { values, present, at } = this.#reader
    const { startMs, stepMs, steps } = this.#grid
    let floatCount = 0
    let count = 0
    for (let step = 0; step < steps; step++) {
      const kind = present[at + step]
      if (kind === NOTHING) continue
      const value = values[at + step] as number
      if (kind === FLOAT) {
        this.#floatTimesMs[floatCount] = startMs + step * stepMs
        this.#values[floatCount++] = value
      } else {
        this.#timesMs[count] = startMs + step * stepMs
        this.#rows[count++] = this.#withoutHint(value)
      }
    }
    floats.timestampsMs = this.#floatTimesMs
    floats.values = this.#values
    floats.from = 0
    floats.to = floatCount
    histograms.timestampsMs = this.#timesMs
    histograms.rows = this.#rows
    histograms.from = 0
    histograms.to = count
  }

  /** Between the samples that a subquery sees there may be others, or none: what they say of resets does not hold. */
  #withoutHint(row: number): number {
    const hint = this.#table.hints[row]
    if (hint !== HINT_RESET && hint !== HINT_NO_RESET) return row
    return this.#table.withHint(row, HINT_UNKNOWN)
  }
}
