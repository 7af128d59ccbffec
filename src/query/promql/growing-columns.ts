import type { HistogramTable } from '../../model/histograms/histogram-table.ts'
import type { ResultHistograms } from './engine.ts'

/** Columns that grow as samples are added. */
export class GrowingColumns {
  length = 0
  #timestampsMs: Float64Array
  #values: Float64Array
  /** Which of them are native histograms, and their rows: few, where there are any. */
  readonly #histogramAt: number[] = []
  readonly #histogramRows: number[] = []

  constructor(capacity: number) {
    this.#timestampsMs = new Float64Array(capacity)
    this.#values = new Float64Array(capacity)
  }

  add(timestampMs: number, value: number): void {
    if (this.length === this.#values.length) this.#grow()
    this.#timestampsMs[this.length] = timestampMs
    this.#values[this.length] = value
    this.length++
  }

  /** Adds a native histogram by its row. */
  addHistogram(timestampMs: number, row: number): void {
    this.#histogramAt.push(this.length)
    this.#histogramRows.push(row)
    this.add(timestampMs, 0)
  }

  /** The part of a result that tells of native histograms; nothing where there are none. */
  histograms(table: HistogramTable | undefined): { readonly histograms?: ResultHistograms } {
    if (table === undefined || this.#histogramAt.length === 0) return {}
    const rows = new Int32Array(this.length).fill(-1)
    for (const [i, at] of this.#histogramAt.entries()) rows[at] = this.#histogramRows[i] as number
    return { histograms: { table, rows } }
  }

  #grow(): void {
    const capacity = Math.max(64, this.length * 2)
    const timestampsMs = new Float64Array(capacity)
    const values = new Float64Array(capacity)
    timestampsMs.set(this.#timestampsMs)
    values.set(this.#values)
    this.#timestampsMs = timestampsMs
    this.#values = values
  }

  get columns(): { timestampsMs: Float64Array; values: Float64Array } {
    return {
      timestampsMs: this.#timestampsMs.subarray(0, this.length),
      values: this.#values.subarray(0, this.length),
    }
  }
}
