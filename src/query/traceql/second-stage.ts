import type { CompareOp, MetricsOperation, MetricsSecondStage } from '../../lang/traceql/ast.ts'
import { foldFloats } from '../../lang/traceql/scalar-value.ts'
import { METRIC_NAME, type MetricsSeries, seriesKey, type SeriesLabel } from './metrics-series.ts'

/** What is done with series after their first stage. */
export function applyStages(
  series: readonly MetricsSeries[],
  stages: readonly MetricsSecondStage[],
): readonly MetricsSeries[] {
  let current = series
  for (const stage of stages) {
    current =
      stage.kind === 'metrics_filter'
        ? filterSeries(current, stage.op, stage.value)
        : keepTop(current, stage.count, stage.name === 'topk')
  }
  return current
}

function filterSeries(
  series: readonly MetricsSeries[],
  op: CompareOp,
  bound: number,
): readonly MetricsSeries[] {
  return withValues(series, (value) => (holds(op, value, bound) ? value : Number.NaN))
}

function holds(op: CompareOp, value: number, bound: number): boolean {
  switch (op) {
    case '=':
      return value === bound
    case '!=':
      return value !== bound
    case '<':
      return value < bound
    case '<=':
      return value <= bound
    case '>':
      return value > bound
    default:
      return value >= bound
  }
}

/** In each interval the largest (or smallest) values; of equal ones those whose labels come first. */
function keepTop(
  series: readonly MetricsSeries[],
  count: number,
  isLargest: boolean,
): readonly MetricsSeries[] {
  const intervals = series[0]?.values.length ?? 0
  const ordered = series.toSorted((a, b) => (seriesKey(a.labels) < seriesKey(b.labels) ? -1 : 1))
  const kept = ordered.map((one) => ({
    ...one,
    values: new Float64Array(intervals).fill(Number.NaN),
  }))
  for (let i = 0; i < intervals; i++) {
    const present = ordered
      .map(({ values }, place) => ({ place, value: values[i] ?? Number.NaN }))
      .filter(({ value }) => !Number.isNaN(value))
      .toSorted((a, b) => (isLargest ? b.value - a.value : a.value - b.value))
    for (const { place, value } of present.slice(0, count)) {
      const one = kept[place]
      if (one) one.values[i] = value
    }
  }
  return kept.filter(hasValue)
}

/**
 * Arithmetic between two sets of series, or one and a number. Series with the same labels belong together; a series without labels on
 * one side goes with all of the other.
 */
export function combineSeries(
  op: MetricsOperation['op'],
  left: readonly MetricsSeries[] | number,
  right: readonly MetricsSeries[] | number,
): readonly MetricsSeries[] {
  if (typeof left === 'number')
    return typeof right === 'number'
      ? []
      : withValues(right, (value) => foldFloats(op, left, value))
  if (typeof right === 'number') return withValues(left, (value) => foldFloats(op, value, right))
  const onLeft = byKey(left)
  const onRight = byKey(right)
  const keys = onRight.has('') ? onLeft.keys() : onRight.keys()
  const combined: MetricsSeries[] = []
  for (const key of keys) {
    const l = onLeft.get(key) ?? onLeft.get('')
    const r = onRight.get(key) ?? onRight.get('')
    if (!l || !r) continue
    const values = l.values.map((value, i) => foldFloats(op, value, r.values[i] ?? Number.NaN))
    const exemplars = [...(l.exemplars ?? []), ...(r.exemplars ?? [])]
    combined.push({ labels: mergeLabels(op, l.labels, r.labels), values, exemplars })
  }
  return combined
}

function byKey(series: readonly MetricsSeries[]): Map<string, MetricsSeries> {
  return new Map(series.map((one) => [seriesKey(one.labels), one]))
}

/** Two names become one of the whole operation. */
function mergeLabels(
  op: string,
  left: readonly SeriesLabel[],
  right: readonly SeriesLabel[],
): readonly SeriesLabel[] {
  const nameOf = (labels: readonly SeriesLabel[]) =>
    labels.find(({ name }) => name === METRIC_NAME)?.value
  const names = [nameOf(left), nameOf(right)]
  const others = [...left, ...right].filter(
    ({ name }, i, all) =>
      name !== METRIC_NAME && all.findIndex((label) => label.name === name) === i,
  )
  const [l, r] = names
  if (!l || !r) return others
  const value = `(${String(l.value)} ${op} ${String(r.value)})`
  return [{ name: METRIC_NAME, value: { type: 'string', value } }, ...others]
}

function withValues(
  series: readonly MetricsSeries[],
  change: (value: number) => number,
): readonly MetricsSeries[] {
  return series.map((one) => ({ ...one, values: one.values.map(change) })).filter(hasValue)
}

function hasValue({ values }: MetricsSeries): boolean {
  return values.some((value) => !Number.isNaN(value))
}
