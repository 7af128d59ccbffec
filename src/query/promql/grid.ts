import type { Labels } from '../../model/labels.ts'

/** The evaluation times of one (sub)expression: `startMs + step * stepMs` for `step` in 0 … `steps - 1`. */
export interface Grid {
  readonly startMs: number
  /** At least 1, also for a single step. */
  readonly stepMs: number
  /** Zero when the range is empty (a subquery shorter than its step). */
  readonly steps: number
}

/** The last evaluation time of a grid. */
export function lastMs(grid: Grid): number {
  return grid.startMs + (grid.steps - 1) * grid.stepMs
}

/**
 * An instant vector over a whole grid: one row a series, `steps` cells a row. Rows are produced on demand, so that a chain
 * `sum(rate(…))` needs one row of memory, not one a series. A row may be filled more than once, but never two at a time.
 */
export interface Rows {
  /** The label set of each row. Unique, except that two rows that never share a step may be equal before a merge. */
  readonly labels: readonly Labels[]
  /** The label sets before the metadata labels were dropped, when that is all that was done to them: cheaper to group by. */
  readonly undropped?: readonly Labels[] | undefined
  /**
   * Writes row `row` to `values[at …]` and `present[at …]`: 1 where there is a value, 0 where there is none, 2 where there is a native
   * histogram, whose value then is its row in the table of the query (histograms/histogram-work.ts). Returns a promise only when the
   * row was so heavy that it had to let others run in between.
   */
  fill(row: number, values: Float64Array, present: Uint8Array, at: number): void | Promise<void>
}

/** Rows held in memory: row `i` is the cells `i * steps` to `(i + 1) * steps`. */
export class DenseRows implements Rows {
  readonly labels: readonly Labels[]
  readonly steps: number
  readonly values: Float64Array
  readonly present: Uint8Array

  constructor(
    labels: readonly Labels[],
    steps: number,
    values: Float64Array = new Float64Array(labels.length * steps),
    present: Uint8Array = new Uint8Array(labels.length * steps),
  ) {
    this.labels = labels
    this.steps = steps
    this.values = values
    this.present = present
  }

  fill(row: number, values: Float64Array, present: Uint8Array, at: number): void {
    const from = row * this.steps
    if (this.steps === 1) {
      values[at] = this.values[from] as number
      present[at] = this.present[from] as number
      return
    }
    values.set(this.values.subarray(from, from + this.steps), at)
    present.set(this.present.subarray(from, from + this.steps), at)
  }
}

/** Reads rows one after the other: dense ones in place, others through one row of scratch memory. */
export class RowReader {
  values: Float64Array
  present: Uint8Array
  /** Where the loaded row starts in `values` and `present`. */
  at = 0
  readonly #rows: Rows
  readonly #steps: number
  readonly #dense: boolean

  constructor(rows: Rows, steps: number) {
    this.#rows = rows
    this.#steps = steps
    this.#dense = rows instanceof DenseRows
    if (rows instanceof DenseRows) {
      this.values = rows.values
      this.present = rows.present
    } else {
      this.values = new Float64Array(steps)
      this.present = new Uint8Array(steps)
    }
  }

  load(row: number): void | Promise<void> {
    if (this.#dense) {
      this.at = row * this.#steps
      return
    }
    return this.#rows.fill(row, this.values, this.present, 0)
  }
}

export interface ScalarValue {
  readonly kind: 'scalar'
  /** One value a step. */
  readonly values: Float64Array
}

export interface StringValue {
  readonly kind: 'string'
  readonly text: string
}

export interface VectorValue {
  readonly kind: 'vector'
  readonly rows: Rows
}

/** What an expression evaluates to over a grid. Range vectors exist only inside calls and at the top of an instant query. */
export type Value = ScalarValue | StringValue | VectorValue

export function vectorOf(rows: Rows): VectorValue {
  return { kind: 'vector', rows }
}

export const NO_ROWS: Rows = { labels: [], fill: () => undefined }
