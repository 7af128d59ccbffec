import { Problem } from '../../model/problem.ts'
import type { LinesSource } from '../../store/lines-source.ts'
import type { Grid } from './grid.ts'

/** What one metric query may take. */
export interface MetricLimits {
  /** Streams read by one range aggregation. */
  readonly maxStreams: number
  /** Series of one range aggregation or result. */
  readonly maxSeries: number
  /** Values read from lines that are held at once, of aggregations that need them one by one. */
  readonly maxSamples: number
}

/** How much has been read. */
export interface MetricFigures {
  lines: number
  bytes: number
  postFilterLines: number
}

export interface MetricContext {
  readonly source: Pick<LinesSource, 'lines'>
  readonly grid: Grid
  readonly limits: MetricLimits
  readonly figures: MetricFigures
  readonly signal: AbortSignal
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
