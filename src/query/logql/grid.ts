import type { Labels } from '../../model/labels.ts'

/** The times that a query is evaluated at. */
export interface Grid {
  /** Unix nanoseconds of the first step. */
  readonly startNs: bigint
  /** Whole nanoseconds, at least 1. */
  readonly stepNs: number
  readonly steps: number
  readonly isInstant: boolean
}

/** A series over the steps of a grid: `values[i]` counts where `present[i]` is 1. */
export interface Row {
  readonly labels: Labels
  readonly values: Float64Array
  readonly present: Uint8Array
}

export function emptyRow(labels: Labels, steps: number): Row {
  return { labels, values: new Float64Array(steps), present: new Uint8Array(steps) }
}

export function setAt({ values, present }: Row, step: number, value: number): void {
  values[step] = value
  present[step] = 1
}

/** Rows that come into being as labels are seen, each set of labels once. */
export class GrowingRows {
  readonly rows: Row[] = []
  readonly #byKey = new Map<string, Row>()
  readonly #steps: number

  constructor(steps: number) {
    this.#steps = steps
  }

  of(labels: Labels): Row {
    let row = this.#byKey.get(labels.key)
    if (!row) {
      row = emptyRow(labels, this.#steps)
      this.#byKey.set(labels.key, row)
      this.rows.push(row)
    }
    return row
  }
}
