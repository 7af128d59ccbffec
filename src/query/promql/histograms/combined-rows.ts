import type { Labels } from '../../../model/labels.ts'
import type { HistogramColumns } from '../../../store/metrics-source.ts'
import type { RawColumns } from '../context.ts'
import type { Rows } from '../grid.ts'
import { firstAfter, InstantRows, type Reading } from '../instant-rows.ts'
import type { LookTimes } from '../times.ts'
import { FLOAT, HISTOGRAM, NOTHING } from './histogram-work.ts'

/** Series with floats only, and behind them those that have histograms. */
export class CombinedRows implements Rows {
  readonly labels: readonly Labels[]
  readonly #floats: Rows
  /** The rows of `#floats` that have no histograms. */
  readonly #pure: Int32Array
  readonly #mixed: Rows

  /** `floatRows` are the rows of `floats` of the series of `mixed`, or -1. */
  constructor(floats: Rows, mixed: Rows, floatRows: Int32Array) {
    const taken = new Set(floatRows)
    this.#floats = floats
    this.#mixed = mixed
    this.#pure = Int32Array.from(floats.labels, (_, row) => row).filter((row) => !taken.has(row))
    this.labels = [
      ...Array.from(this.#pure, (row) => floats.labels[row] as Labels),
      ...mixed.labels,
    ]
  }

  fill(row: number, values: Float64Array, present: Uint8Array, at: number): void | Promise<void> {
    const pure = this.#pure.length
    return row < pure
      ? this.#floats.fill(this.#pure[row] as number, values, present, at)
      : this.#mixed.fill(row - pure, values, present, at)
  }
}

export interface InstantMixedOptions {
  readonly raw: RawColumns
  readonly columns: HistogramColumns
  readonly floatRows: Int32Array
  readonly times: LookTimes
  readonly steps: number
  readonly lookbackMs: number
  readonly reading: Reading
  readonly lookbackAt: ((lookMs: number) => number) | undefined
}

/** The newest sample, float or histogram, of each series that has histograms. */
export class InstantMixed implements Rows {
  readonly labels: readonly Labels[]
  readonly #options: InstantMixedOptions
  readonly #floats: InstantRows

  constructor(options: InstantMixedOptions) {
    const { raw, times, steps, lookbackMs, reading, lookbackAt } = options
    this.labels = options.columns.labels
    this.#options = options
    this.#floats = new InstantRows(raw, times, steps, lookbackMs, reading, lookbackAt)
  }

  fill(row: number, values: Float64Array, present: Uint8Array, at: number): void {
    const { columns, raw, floatRows, times, steps, reading } = this.#options
    const floatRow = floatRows[row] as number
    if (floatRow < 0) present.fill(NOTHING, at, at + steps)
    else this.#floats.fill(floatRow, values, present, at)
    const floatFrom = floatRow < 0 ? 0 : (raw.offsets[floatRow] as number)
    const floatTo = floatRow < 0 ? 0 : (raw.offsets[floatRow + 1] as number)
    let float = firstAfter(raw.timestampsMs, floatFrom, floatTo, times.firstMs)
    const { timestampsMs, rows, offsets } = columns
    const from = offsets[row] as number
    const to = offsets[row + 1] as number
    let next = firstAfter(timestampsMs, from, to, times.firstMs)
    for (let step = 0; step < steps; step++) {
      const lookMs = times.firstMs + step * times.stepMs
      while (next < to && (timestampsMs[next] as number) <= lookMs) next++
      while (float < floatTo && (raw.timestampsMs[float] as number) <= lookMs) float++
      const newest = next - 1
      if (newest < from) continue
      const takenMs = timestampsMs[newest] as number
      // A float that is newer counts, also where it ends the series.
      if (float > floatFrom && (raw.timestampsMs[float - 1] as number) > takenMs) continue
      const histogram = rows[newest] as number
      const isThere = takenMs > lookMs - this.#lookbackAt(lookMs) && histogram >= 0
      const isTime = reading !== 'value'
      present[at + step] = isThere ? (isTime ? FLOAT : HISTOGRAM) : NOTHING
      if (!isThere) continue
      values[at + step] = isTime ? takenMs / (reading === 'seconds' ? 1000 : 1) : histogram
    }
  }

  #lookbackAt(lookMs: number): number {
    return this.#options.lookbackAt?.(lookMs) ?? this.#options.lookbackMs
  }
}
