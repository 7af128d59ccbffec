import type { Labels } from '../../model/labels.ts'
import { DenseRows } from './grid.ts'
import { failSameLabelset } from './merge-rows.ts'
import type { SampleBudget } from './pace.ts'

/** One row of a result that is put together cell by cell. */
export class ResultRow {
  readonly values: Float64Array
  readonly present: Uint8Array

  constructor(steps: number) {
    this.values = new Float64Array(steps)
    this.present = new Uint8Array(steps)
  }

  /** Sets one cell; fails the query when it has a value already. `kind` is as in `Rows.fill`. */
  set(step: number, value: number, kind = 1): void {
    if (this.present[step] !== 0) failSameLabelset()
    this.present[step] = kind
    this.values[step] = value
  }
}

/** Rows that are found, or come into being, by their labels. */
export class ResultRows {
  readonly #steps: number
  readonly #budget: SampleBudget
  readonly #numbers = new Map<string, number>()
  readonly #labels: Labels[] = []
  readonly #rows: ResultRow[] = []

  constructor(steps: number, budget: SampleBudget) {
    this.#steps = steps
    this.#budget = budget
  }

  row(labels: Labels): ResultRow {
    let number = this.#numbers.get(labels.key)
    if (number === undefined) {
      this.#budget.reserve(this.#steps)
      number = this.#labels.length
      this.#numbers.set(labels.key, number)
      this.#labels.push(labels)
      this.#rows.push(new ResultRow(this.#steps))
    }
    return this.#rows[number] as ResultRow
  }

  finish(): DenseRows {
    const dense = new DenseRows(this.#labels, this.#steps)
    this.#rows.forEach((row, number) => {
      dense.values.set(row.values, number * this.#steps)
      dense.present.set(row.present, number * this.#steps)
    })
    return dense
  }
}
