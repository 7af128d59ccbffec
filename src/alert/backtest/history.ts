import type { Matcher } from '../../model/matcher.ts'
import type { SeriesColumns } from '../../store/metrics-source.ts'
import type { RuleVector } from '../rules/rule-query.ts'

/**
 * What is stored, as a backtest reads it. A question that is understood and refused (an expression that cannot be evaluated at
 * that time, a limit) rejects with a `Problem` and counts as a failed evaluation of the rule; whatever else is thrown ends the
 * backtest.
 */
export interface StoredHistory {
  /** An expression at `startMs`, a step later, and so on to `endMs`. */
  range(query: string, startMs: number, endMs: number, stepMs: number): Promise<SeriesColumns>
  /** The samples of a range of time, its ends included. */
  samples(matchers: readonly Matcher[], startMs: number, endMs: number): Promise<SeriesColumns>
  /** An expression at a moment. */
  at(query: string, atMs: number): Promise<RuleVector>
}
