import type { Field, MetricsAggregate } from '../../lang/traceql/ast.ts'
import { printField } from '../../lang/traceql/print.ts'
import { decodeAttribute } from '../../model/attribute-value.ts'
import { Problem } from '../../model/problem.ts'
import type { SpanTally, SpanTallyRequest, TallyKey } from '../../store/span-tally.ts'
import { type FieldValue, isList, keyOf, toFloat } from './field-value.ts'
import { intervalOf, type MetricsGrid } from './metrics-grid.ts'
import {
  METRIC_NAME,
  type MetricsSeries,
  type SeriesExemplar,
  type SeriesLabel,
} from './metrics-series.ts'
import { quantileOf } from './quantile.ts'
import { KINDS, STATUSES, type StoredTrace, toFieldValue } from './stored-traces.ts'

const NS_PER_S = 1e9

/** What gathers the values of one series. */
interface Gatherer {
  readonly labels: readonly SeriesLabel[]
  readonly sums: Float64Array
  readonly counts: Float64Array
  /** Of quantiles and histograms: counts by the upper bound of their bucket, an interval each. */
  readonly buckets: Map<number, Float64Array>
  /** One an interval. */
  readonly exemplars: Map<number, SeriesExemplar>
}

/** The first stage of a metrics query: takes spans, one by one or as the store has counted them, and makes series of them. */
export class SpanAggregator {
  readonly #aggregate: MetricsAggregate
  readonly #grid: MetricsGrid
  readonly #maxSeries: number
  readonly #hasExemplars: boolean
  readonly #gatherers = new Map<string, Gatherer>()

  constructor(
    aggregate: MetricsAggregate,
    grid: MetricsGrid,
    options: { readonly maxSeries: number; readonly hasExemplars: boolean },
  ) {
    this.#aggregate = aggregate
    this.#grid = grid
    this.#maxSeries = options.maxSeries
    this.#hasExemplars = options.hasExemplars
  }

  observe(trace: StoredTrace, row: number): void {
    const interval = intervalOf(this.#grid, trace.startNs(row))
    if (interval < 0) return
    const { name, field, by } = this.#aggregate
    const value = field ? numberOf(trace.fieldOf(row, field)) : 1
    if (value === undefined) return
    const gatherer = this.#gathererOf(by.map((one) => trace.fieldOf(row, one)))
    if (this.#hasExemplars && !gatherer.exemplars.has(interval)) {
      gatherer.exemplars.set(interval, {
        traceId: trace.traceId,
        spanId: trace.spanIdOf(row),
        startNs: trace.startNs(row),
        interval,
        value: field ? value : undefined,
      })
    }
    if (name === 'quantile_over_time' || name === 'histogram_over_time') {
      const asked = trace.fieldOf(row, field ?? DURATION)
      const bound = boundOf(asked)
      if (bound !== undefined) this.#count(gatherer, { interval, bound, count: 1 })
      return
    }
    this.#put(gatherer, { interval, value, count: 1 })
  }

  /** Takes what the store has counted for this query. */
  addTally(tally: SpanTally, { by, value }: SpanTallyRequest): void {
    const isDuration = value?.kind === 'duration'
    const known = new Map<string, Gatherer>()
    const isBucketed = ['quantile_over_time', 'histogram_over_time'].includes(this.#aggregate.name)
    for (let row = 0; row < tally.length; row++) {
      const texts = tally.keys.map((column) => column[row] ?? '')
      const key = texts.length === 1 ? (texts[0] ?? '') : JSON.stringify(texts)
      let gatherer = known.get(key)
      if (gatherer === undefined) {
        gatherer = this.#gathererOf(by.map((one, i) => toKeyValue(one, texts[i] ?? '')))
        known.set(key, gatherer)
      }
      const interval = tally.intervals[row] as number
      const count = tally.counts[row] as number
      const exemplar = tally.exemplars[row]
      if (exemplar && !gatherer.exemplars.has(interval)) {
        const own = isDuration ? exemplar.value / NS_PER_S : exemplar.value
        gatherer.exemplars.set(interval, { ...exemplar, interval, value: value ? own : undefined })
      }
      if (isBucketed) {
        const bucket = tally.buckets[row] as number
        const bound = isDuration ? bucket / NS_PER_S : bucket
        if (bucket > 0) this.#count(gatherer, { interval, bound, count })
        continue
      }
      const raw = value === undefined ? count : (tally.values[row] as number)
      this.#put(gatherer, { interval, value: isDuration ? raw / NS_PER_S : raw, count })
    }
  }

  #gathererOf(values: readonly (FieldValue | undefined)[]): Gatherer {
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
      exemplars: new Map(),
    }
    this.#gatherers.set(key, made)
    return made
  }

  #count(
    { buckets }: Gatherer,
    { interval, bound, count }: { interval: number; bound: number; count: number },
  ): void {
    const counts = buckets.get(bound) ?? new Float64Array(this.#grid.count)
    buckets.set(bound, counts)
    counts[interval] = (counts[interval] ?? 0) + count
  }

  /** Adds a value that stands for some spans. */
  #put(
    { sums, counts }: Gatherer,
    { interval, value, count }: { interval: number; value: number; count: number },
  ): void {
    const old = sums[interval] ?? 0
    const isFirst = counts[interval] === 0
    counts[interval] = (counts[interval] ?? 0) + count
    switch (this.#aggregate.name) {
      case 'min_over_time':
        sums[interval] = isFirst ? value : Math.min(old, value)
        return
      case 'max_over_time':
        sums[interval] = isFirst ? value : Math.max(old, value)
        return
      default:
        sums[interval] = isFirst ? value : old + value
    }
  }

  finish(): MetricsSeries[] {
    return [...this.#gatherers.values()].flatMap((gatherer) => this.#seriesOf(gatherer))
  }

  #seriesOf(gatherer: Gatherer): readonly MetricsSeries[] {
    const { labels, sums, counts, buckets } = gatherer
    const exemplars = [...gatherer.exemplars.values()]
    const stepS = Number(this.#grid.stepNs) / NS_PER_S
    switch (this.#aggregate.name) {
      case 'count_over_time':
        return [{ labels, values: sums, exemplars }]
      case 'rate':
        return [{ labels, values: sums.map((sum) => sum / stepS), exemplars }]
      case 'avg_over_time':
        return [{ labels, values: sums.map((sum, i) => sum / (counts[i] ?? 0)), exemplars }]
      case 'histogram_over_time':
        return [...buckets]
          .toSorted(([a], [b]) => a - b)
          .map(([bound, values]) => ({
            labels: withLabel(labels, '__bucket', bound),
            values,
            exemplars: exemplars.filter(({ value = 0 }) => value <= bound && value > bound / 2),
          }))
      case 'quantile_over_time':
        return this.#quantilesOf(gatherer, exemplars)
      default:
        return [
          {
            labels,
            values: sums.map((sum, i) => (counts[i] === 0 ? Number.NaN : sum)),
            exemplars,
          },
        ]
    }
  }

  /** An exemplar is shown with the least quantile that it does not exceed. */
  #quantilesOf(
    { labels, buckets }: Gatherer,
    exemplars: readonly SeriesExemplar[],
  ): readonly MetricsSeries[] {
    const { quantiles } = this.#aggregate
    const values = quantiles.map((quantile) => quantileOf(quantile, buckets, this.#grid.count))
    const placeOf = ({ interval, value = 0 }: SeriesExemplar): number => {
      const fitting = values.findIndex((one) => value <= (one[interval] ?? 0))
      return fitting < 0 ? values.length - 1 : fitting
    }
    return values.map((one, i) => ({
      labels: withLabel(labels, 'p', quantiles[i] ?? 0),
      values: one,
      exemplars: exemplars.filter((exemplar) => placeOf(exemplar) === i),
    }))
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

/** Buckets are powers of two, of nanoseconds for durations. Floats have none, as in Tempo. */
function boundOf(value: FieldValue | undefined): number | undefined {
  if (value?.type !== 'duration' && value?.type !== 'int') return undefined
  if (value.value < 2n) return undefined
  const bound = 2 ** (value.value - 1n).toString(2).length
  return value.type === 'duration' ? bound / NS_PER_S : bound
}

/** What the store told of a key as the value that spans have. */
function toKeyValue(key: TallyKey, text: string): FieldValue | undefined {
  if (key.kind !== 'column') return text === '' ? undefined : toFieldValue(decodeAttribute(text))
  switch (key.column) {
    case 'kind':
      return { type: 'kind', value: KINDS[Number(text)] ?? 'unspecified' }
    case 'status':
      return { type: 'status', value: STATUSES[Number(text)] ?? 'unset' }
    default:
      return { type: 'string', value: text }
  }
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
