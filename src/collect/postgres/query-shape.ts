import type { MetricType } from '../../model/samples.ts'

/** What a column of an answer becomes. */
export type Column =
  | { readonly use: 'label' | 'discard' }
  | {
      readonly use: 'value'
      readonly type: MetricType
      /** Plain text. */
      readonly help: string
      /** Of the family; absent: the query's prefix, `_`, and the name of the column. */
      readonly name?: string
    }
  /** A time span as text, in milliseconds; its family ends in `_milliseconds`. */
  | { readonly use: 'duration'; readonly help: string }
  /** A text that stands for a number. */
  | {
      readonly use: 'mapped'
      readonly help: string
      readonly mapping: ReadonlyMap<string, number>
    }
  /** Upper bounds; the columns `…_bucket`, `…_sum` and `…_count` of the same name hold the rest. */
  | { readonly use: 'histogram'; readonly help: string; readonly name?: string }

/** How the rows of an answer become families of metrics. */
export interface QueryShape {
  /** What families begin with, without an underscore at its end. */
  readonly prefix: string
  readonly columns: ReadonlyMap<string, Column>
  /** Columns that are not named: families without a type, if they hold numbers, or nothing. */
  readonly isOpen: boolean
  /** NULL is written as NaN, or leaves out the value. */
  readonly keepsNulls: boolean
}
