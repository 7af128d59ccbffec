import { Problem } from '../../model/problem.ts'
import type { LinesSource } from '../../store/lines-source.ts'
import type { Grid } from './grid.ts'

/** What one metric query may take. */
export interface MetricLimits {
  /** Streams read by one range aggregation. */
  readonly maxStreams: number
  /** Series of the result. */
  readonly maxSeries: number
  /** Values that one range aggregation holds at once: those of lines that are needed one by one, and those of its steps. */
  readonly maxSamples: number
}

/** How much has been read. */
export interface MetricFigures {
  lines: number
  bytes: number
  postFilterLines: number
}

/** What metric queries need of a store of lines. */
export type MetricSource = Pick<LinesSource, 'lines' | 'tally'>

export interface MetricContext {
  readonly source: MetricSource
  readonly grid: Grid
  readonly limits: MetricLimits
  readonly figures: MetricFigures
  readonly signal: AbortSignal
}

/** The refusal of a range aggregation that would hold too much. */
export function tooManySamples(limit: number): Problem {
  return new Problem(
    'limit',
    `the query needs more than ${limit} values at once: take a shorter range or a longer step, or filter more lines`,
  )
}

/** The refusal of a query whose client is gone. */
export function refuseCanceled(signal: AbortSignal): void {
  if (signal.aborted) throw new Problem('canceled', 'the query was canceled')
}

/** Loki's refusal of too many series. */
export function tooManySeries(limit: number): Problem {
  const advice =
    'consider reducing query cardinality by adding more specific stream selectors, reducing the time range, ' +
    'or aggregating results with functions like sum(), count() or topk()'
  return new Problem(
    'bad_data',
    `maximum number of series (${limit}) reached for a single query; ${advice}`,
  )
}
