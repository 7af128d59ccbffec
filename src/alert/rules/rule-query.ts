import type { Labels } from '../../model/labels.ts'
import type { ResultHistograms } from '../../query/promql/engine.ts'

/** What an expression yields at one moment; `values[i]` belongs to `labels[i]`. A scalar is one value without labels. */
export interface RuleVector {
  readonly labels: readonly Labels[]
  readonly values: Float64Array
  /** Which of the values are native histograms; these are 0. */
  readonly histograms?: ResultHistograms
}

/**
 * Evaluates an expression at a moment: the seam behind which languages join. Rejects with an Error whose message is shown as
 * the rule's `lastError`.
 */
export type RuleQuery = (expr: string, atMs: number) => Promise<RuleVector>

/** Queries that belong together: those of one evaluation of a group, which may share what they have read. */
export interface RuleQueries {
  readonly query: RuleQuery
  /** Series of which the rules have written samples since: what was read of them is no longer the whole. */
  written(series: readonly Labels[]): void
  /** The evaluation is over. */
  close(): void
}

/** The samples of one series that the state of an alert was kept in; the newest of a range of time. */
export interface LastSample {
  readonly labels: Labels
  readonly timestampMs: number
  readonly value: number
  readonly isStale: boolean
}

/** What rules are evaluated over. */
export interface RuleSource {
  /** Begins an evaluation of a group. */
  open(): RuleQueries
  /** A query of its own. */
  readonly query: RuleQuery
  /** The newest sample of each series that has all these labels, in a range of time that includes its ends. */
  lastSamples(
    labels: readonly (readonly [name: string, value: string])[],
    startMs: number,
    endMs: number,
  ): Promise<readonly LastSample[]>
}
