import { setImmediate } from 'node:timers/promises'
import { decodeNative } from '../../formats/clickhouse-native/decode.ts'
import { isStale, wordsOf } from '../../model/stale.ts'
import type { GridRequest } from '../metrics-source.ts'

type AggregateOp = NonNullable<GridRequest['aggregate']>['op']

/**
 * Grids that arrive in portions: each row is one series, or one group whose parts are folded as they come. In the engine's answer a
 * cell without a value holds the staleness marker.
 */
export class GridRows {
  readonly present: Uint8Array
  readonly #steps: number
  readonly #op: AggregateOp | undefined
  readonly #values: Float64Array
  readonly #counts: Float64Array | undefined

  constructor(rows: number, steps: number, op: AggregateOp | undefined) {
    this.present = new Uint8Array(rows * steps)
    this.#steps = steps
    this.#op = op
    this.#values = new Float64Array(rows * steps)
    this.#counts = op === 'avg' ? new Float64Array(rows * steps) : undefined
  }

  /** Takes an answer with the columns `id`, `g` and, for averages, `n`; rows that `rowOf` does not know are passed over. */
  async add(
    bytes: Uint8Array,
    rowOf: (low: number, high: number) => number | undefined,
  ): Promise<void> {
    for (const block of decodeNative(bytes)) {
      const id = block.uint64Words('id')
      const grids = block.float64Array('g')
      const counts = this.#counts && block.float64Array('n').values
      const words = wordsOf(grids.values)
      for (let i = 0; i < block.rows; i++) {
        const row = rowOf(id[i * 2] as number, id[i * 2 + 1] as number)
        if (row !== undefined)
          this.#fold(row, grids.values, words, counts, grids.offsets[i] as number)
      }
      await setImmediate()
    }
  }

  /** All cells, row by row; meaningful where `present` is 1. */
  values(): Float64Array {
    const counts = this.#counts
    if (counts === undefined) return this.#values
    return this.#values.map((sum, i) => sum / (counts[i] as number))
  }

  #fold(
    row: number,
    from: Float64Array,
    words: Uint32Array,
    counts: Float64Array | undefined,
    start: number,
  ): void {
    const values = this.#values
    for (let step = 0; step < this.#steps; step++) {
      const at = row * this.#steps + step
      if (isStale(from, words, start + step)) continue
      const value = from[start + step] as number
      // A count of nothing is absent, not zero.
      if (this.#op === 'count' && value === 0) continue
      if (this.#counts && counts)
        this.#counts[at] = (this.#counts[at] as number) + (counts[start + step] as number)
      values[at] = this.present[at] === 0 ? value : combine(this.#op, values[at] as number, value)
      this.present[at] = 1
    }
  }
}

/** Two partial results of one group; NaN loses against a number in min and max, as in Prometheus. */
function combine(op: AggregateOp | undefined, a: number, b: number): number {
  switch (op) {
    case 'min':
      return a < b || Number.isNaN(b) ? a : b
    case 'max':
      return a > b || Number.isNaN(b) ? a : b
    case undefined:
      return b
    default:
      return a + b
  }
}
