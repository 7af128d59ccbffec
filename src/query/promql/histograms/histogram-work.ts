import { HistogramDraft } from '../../../model/histograms/histogram-draft.ts'
import { HistogramTable } from '../../../model/histograms/histogram-table.ts'
import { Problem } from '../../../model/problem.ts'

/** What a cell of rows holds (`Rows.fill`): nothing, a float, or a histogram, whose value is its row in the table of the query. */
export const NOTHING = 0
export const FLOAT = 1
export const HISTOGRAM = 2

/** The histograms of one query, and what is needed to compute with them. Queries whose selectors have none do without. */
export class HistogramWork {
  readonly table = new HistogramTable()
  readonly draft = new HistogramDraft()
  readonly scratch: readonly [HistogramDraft, HistogramDraft] = [
    new HistogramDraft(),
    new HistogramDraft(),
  ]
  readonly #maxSamples: number

  constructor(maxSamples: number) {
    this.#maxSamples = maxSamples
  }

  /** Throws a `limit` when the histograms, a bucket counted as a sample, are more than a query may hold. */
  checkSize(): void {
    if (this.table.size + this.table.buckets <= this.#maxSamples) return
    const message = 'query processing would load too many samples into memory in query execution'
    throw new Problem('limit', message)
  }
}
