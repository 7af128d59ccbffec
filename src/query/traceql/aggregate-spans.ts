import type { Field, MetricsAggregate } from '../../lang/traceql/ast.ts'
import { printField } from '../../lang/traceql/print.ts'
import { Problem } from '../../model/problem.ts'
import { type FieldValue, isList, keyOf, toFloat } from './field-value.ts'
import { intervalOf, type MetricsGrid } from './metrics-grid.ts'
import { METRIC_NAME, type MetricsSeries, type SeriesLabel } from './metrics-series.ts'
import { quantileOf } from './quantile.ts'
import type { StoredTrace } from './stored-traces.ts'

const NS_PER_S = 1e9

/** What gathers the values of one series. */
interface Gatherer {
  readonly labels: readonly SeriesLabel[]
  readonly sums: Float64Array
  readonly counts: Float64Array
  /** Of quantiles and histograms: counts by the upper bound of their bucket, an interval each. */
  readonly buckets: Map<number, Float64Array>
}

/** The first stage of a metrics query: takes spans one by one and makes series of them. */
export class SpanAggregator {
  readonly #aggregate: MetricsAggregate
  readonly #grid: MetricsGrid
  readonly #maxSeries: number
  readonly #gatherers = new Map<string, Gatherer>()

  constructor(aggregate: MetricsAggregate, grid: MetricsGrid, maxSeries: number) {
    this.#aggregate = aggregate
    this.#grid = grid
    this.#maxSeries = maxSeries
  }

  observe(trace: StoredTrace, row: number): void {
    const interval = intervalOf(this.#grid, trace.startNs(row))
    if (interval < 0) return
    const { name, field } = this.#aggregate
    const value = field ? numberOf(trace.fieldOf(row, field)) : 1
    if (value === undefined) return
    const gatherer = this.#gathererOf(trace, row)
    switch (name) {
      case 'quantile_over_time':
      case 'histogram_over_time':
        this.#bucket(gatherer, interval, trace.fieldOf(row, field ?? DURATION))
        return
      case 'min_over_time':
        put(gatherer, interval, value, (old) => Math.min(old, value))
        return
      case 'max_over_time':
        put(gatherer, interval, value, (old) => Math.max(old, value))
        return
      default:
        put(gatherer, interval, value, (old) => old + value)
    }
  }

  #gathererOf(trace: StoredTrace, row: number): Gatherer {
    const { by } = this.#aggregate
    const values = by.map((field) => trace.fieldOf(row, field))
    const key = values.map(keyOf).join('\u0001')
    const known = this.#gatherers.get(key)
    if (known) return known
    if (this.#gatherers.size >= this.#maxSeries) {
      throw new Problem(
        'limit',
        `the query has more than ${this.#maxSeries} series, which is the limit: group by fewer fields`,
      )
    }
    const { count } = this.#grid
    const made: Gatherer = {
      labels: labelsOf(this.#aggregate, values),
      sums: new Float64Array(count),
      counts: new Float64Array(count),
      buckets: new Map(),
    }
    this.#gatherers.set(key, made)
    return made
  }

  /** Buckets are powers of two, of nanoseconds for durations. Floats have none, as in Tempo. */
  #bucket({ buckets }: Gatherer, interval: number, value: FieldValue | undefined): void {
    if (value?.type !== 'duration' && value?.type !== 'int') return
    if (value.value < 2n) return
    const bound = 2 ** (value.value - 1n).toString(2).length
    const key = value.type === 'duration' ? bound / NS_PER_S : bound
    const counts = buckets.get(key) ?? new Float64Array(this.#grid.count)
    buckets.set(key, counts)
    counts[interval] = (counts[interval] ?? 0) + 1
  }

  finish(): MetricsSeries[] {
    return [...this.#gatherers.values()].flatMap((gatherer) => this.#seriesOf(gatherer))
  }

  #seriesOf(gatherer: Gatherer): readonly MetricsSeries[] {
    const { labels, sums, counts, buckets } = gatherer
    const stepS = Number(this.#grid.stepNs) / NS_PER_S
    switch (this.#aggregate.name) {
      case 'count_over_time':
        return [{ labels, values: sums }]
      case 'rate':
        return [{ labels, values: sums.map((sum) => sum / stepS) }]
      case 'avg_over_time':
        return [{ labels, values: sums.map((sum, i) => sum / (counts[i] ?? 0)) }]
      case 'histogram_over_time':
        return [...buckets]
          .toSorted(([a], [b]) => a - b)
          .map(([bound, values]) => ({ labels: withLabel(labels, '__bucket', bound), values }))
      case 'quantile_over_time':
        return this.#aggregate.quantiles.map((quantile) => ({
          labels: withLabel(labels, 'p', quantile),
          values: quantileOf(quantile, buckets, this.#grid.count),
        }))
      default:
        return [{ labels, values: sums.map((sum, i) => (counts[i] === 0 ? Number.NaN : sum)) }]
    }
  }
}

const DURATION: Field = { kind: 'intrinsic', name: 'duration', start: 0, end: 0 }

/** A number in seconds where it is a duration; undefined for what is no number. */
function numberOf(value: FieldValue | undefined): number | undefined {
  if (value === undefined || isList(value)) return undefined
  const number = toFloat(value)
  if (Number.isNaN(number)) return undefined
  return value.type === 'duration' ? number / NS_PER_S : number
}

function put(
  { sums, counts }: Gatherer,
  interval: number,
  first: number,
  next: (old: number) => number,
): void {
  sums[interval] = counts[interval] === 0 ? first : next(sums[interval] ?? 0)
  counts[interval] = (counts[interval] ?? 0) + 1
}

/** What is nil is left out, unless nothing else is there. Without `by` the series has the name of the function. */
function labelsOf(
  { name, by }: MetricsAggregate,
  values: readonly (FieldValue | undefined)[],
): readonly SeriesLabel[] {
  const labels = by.map((field, i) => ({ name: printField(field), value: values[i] }))
  const known = labels.filter(({ value }) => value !== undefined)
  if (known.length > 0) return known
  if (labels.length > 0) return labels.slice(0, 1)
  if (name === 'histogram_over_time' || name === 'quantile_over_time') return []
  return [{ name: METRIC_NAME, value: { type: 'string', value: name } }]
}

function withLabel(
  labels: readonly SeriesLabel[],
  name: string,
  value: number,
): readonly SeriesLabel[] {
  return [...labels, { name, value: { type: 'float', value } }]
}
