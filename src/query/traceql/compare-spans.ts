import type { Field, MetricsCompare } from '../../lang/traceql/ast.ts'
import { Problem } from '../../model/problem.ts'
import { compileCondition } from './evaluate-field.ts'
import { type FieldValue, keyOf } from './field-value.ts'
import { intervalOf, type MetricsGrid } from './metrics-grid.ts'
import type { MetricsSeries, SeriesLabel } from './metrics-series.ts'
import type { StoredTrace } from './stored-traces.ts'

/** Values of all attributes that are told apart, so that one query cannot take all memory. */
const MAX_VALUES = 50_000
const META_TYPE = '__meta_type'
const META_ERROR = '__meta_error'
const TOO_MANY_VALUES = '__too_many_values__'

interface CountedValue {
  readonly value: FieldValue
  /** By interval: most values are rare. */
  readonly counts: Map<number, number>
  total: number
}

/** Counts of one side. By the name of an attribute: its values, and how many spans have any. */
interface Side {
  readonly values: Map<string, Map<string, CountedValue>>
  readonly totals: Map<string, Float64Array>
}

/**
 * `compare()`: how often each attribute has which value among the selected spans and among all others (the baseline), as Tempo tells it
 * (pkg/traceql/engine_metrics_compare.go): series with `__meta_type` `selection` and `baseline` for the most frequent values, with
 * `selection_total` and `baseline_total` for all values of an attribute together, and one with `__meta_error` for an attribute with more
 * values than are shown. Durations, ids and places in the tree are not compared.
 */
export class SpanComparison {
  readonly #compare: MetricsCompare
  readonly #grid: MetricsGrid
  readonly #isSelected: (trace: StoredTrace, row: number) => boolean
  readonly #selection: Side = { values: new Map(), totals: new Map() }
  readonly #baseline: Side = { values: new Map(), totals: new Map() }
  #values = 0

  constructor(compare: MetricsCompare, grid: MetricsGrid) {
    this.#compare = compare
    this.#grid = grid
    this.#isSelected = compileCondition(compare.selection.condition)
  }

  observe(trace: StoredTrace, row: number): void {
    const startNs = trace.startNs(row)
    const interval = intervalOf(this.#grid, startNs)
    if (interval < 0) return
    const side = this.#isInSelection(trace, row, startNs) ? this.#selection : this.#baseline
    for (const field of INTRINSICS) {
      const value = trace.fieldOf(row, field)
      if (value !== undefined && value.value !== '') this.#count(side, field.name, value, interval)
    }
    trace.eachAttribute(row, (scope, name, value) =>
      this.#count(side, `${scope}.${name}`, value, interval),
    )
  }

  #isInSelection(trace: StoredTrace, row: number, timeNs: bigint): boolean {
    const { startNs, endNs } = this.#compare
    if (startNs > 0n && endNs > 0n && (timeNs <= startNs || timeNs > endNs)) return false
    return this.#isSelected(trace, row)
  }

  #count({ values, totals }: Side, name: string, value: FieldValue, interval: number): void {
    const known = values.get(name) ?? new Map<string, CountedValue>()
    values.set(name, known)
    const key = keyOf(value)
    let counted = known.get(key)
    if (counted === undefined) {
      if (++this.#values > MAX_VALUES) {
        throw new Problem(
          'limit',
          `compare() meets more than ${MAX_VALUES} values of attributes, which is the limit: narrow the query down or shorten its range`,
        )
      }
      counted = { value, counts: new Map(), total: 0 }
      known.set(key, counted)
    }
    counted.counts.set(interval, (counted.counts.get(interval) ?? 0) + 1)
    counted.total++
    const total = totals.get(name) ?? new Float64Array(this.#grid.count)
    totals.set(name, total)
    total[interval] = (total[interval] ?? 0) + 1
  }

  finish(): MetricsSeries[] {
    const { topN } = this.#compare
    const many = new Set<string>()
    const shown = (type: string, { values }: Side): MetricsSeries[] =>
      [...values].flatMap(([name, known]) => {
        if (known.size > topN) many.add(name)
        return [...known.values()]
          .toSorted((a, b) => b.total - a.total)
          .slice(0, topN)
          .map(({ value, counts }) => ({
            labels: [meta(type), { name, value }],
            values: Float64Array.from({ length: this.#grid.count }, (_, i) => counts.get(i) ?? 0),
          }))
      })
    const totals = (type: string, side: Side): MetricsSeries[] =>
      [...side.totals].map(([name, values]) => ({
        labels: [meta(type), { name, value: undefined }],
        values,
      }))
    const series = [
      ...shown('baseline', this.#baseline),
      ...shown('selection', this.#selection),
      ...totals('baseline_total', this.#baseline),
      ...totals('selection_total', this.#selection),
    ]
    const error: SeriesLabel = {
      name: META_ERROR,
      value: { type: 'string', value: TOO_MANY_VALUES },
    }
    const nothing = new Float64Array(this.#grid.count).fill(Number.NaN)
    return [
      ...series,
      ...[...many].map((name) => ({
        labels: [error, { name, value: undefined }],
        values: nothing,
      })),
    ]
  }
}

const INTRINSICS: readonly Extract<Field, { kind: 'intrinsic' }>[] = (
  ['name', 'kind', 'status', 'statusMessage', 'rootName', 'rootServiceName'] as const
).map((name) => ({ kind: 'intrinsic', name, start: 0, end: 0 }))

function meta(type: string): SeriesLabel {
  return { name: META_TYPE, value: { type: 'string', value: type } }
}
