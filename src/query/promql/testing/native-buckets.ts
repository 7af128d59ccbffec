import { CUSTOM_BUCKETS } from '../../../model/histograms/bucket-bounds.ts'
import { HINT_UNKNOWN, HistogramTable } from '../../../model/histograms/histogram-table.ts'
import type { Labels } from '../../../model/labels.ts'
import { parseGoFloat } from '../go-format.ts'
import { setLabel } from '../label-sets.ts'
import type { HistogramValue } from '../../../lang/promql/histogram-notation.ts'
import type { SequenceValue, SeriesLine } from './series-notation.ts'

interface Classic {
  readonly labels: Labels
  /** By upper bound. */
  readonly buckets: Map<number, readonly SequenceValue[]>
  sums: readonly SequenceValue[]
  counts: readonly SequenceValue[]
}

/** Classic histograms of a load as native ones with custom buckets, as `load_with_nhcb` asks for. */
export function toNativeBuckets(series: readonly SeriesLine[]): SeriesLine[] {
  const table = new HistogramTable()
  return [...groupSeries(series).values()].map((classic) => {
    const all = [...classic.buckets.values(), classic.sums, classic.counts]
    const length = Math.max(...all.map((values) => values.length))
    const values = Array.from({ length }, (_, at) => histogramAt(classic, at, table))
    return { labels: classic.labels, values }
  })
}

function groupSeries(series: readonly SeriesLine[]): Map<string, Classic> {
  const groups = new Map<string, Classic>()
  for (const { labels, values } of series) {
    const found = /^(.*)_(bucket|sum|count)$/.exec(labels.name)
    if (found === null) continue
    const [, name = '', part] = found
    const bound = parseGoFloat(labels.get('le'))
    if (part === 'bucket' && bound === undefined) continue
    const own = setLabel(setLabel(labels, 'le', ''), '__name__', name)
    let group = groups.get(own.key)
    if (group === undefined) {
      group = { labels: own, buckets: new Map(), sums: [], counts: [] }
      groups.set(own.key, group)
    }
    if (part === 'sum') group.sums = values
    else if (part === 'count') group.counts = values
    else if (bound !== undefined && !group.buckets.has(bound)) group.buckets.set(bound, values)
  }
  return groups
}

function histogramAt(
  { buckets, sums, counts }: Classic,
  at: number,
  table: HistogramTable,
): SequenceValue {
  const found = [...buckets].sort(([a], [b]) => a - b)
  const present = found.filter(([, values]) => isThere(values[at]))
  const isAnywhere = present.length > 0 || isThere(sums[at]) || isThere(counts[at])
  if (!isAnywhere) return 'omitted'
  if (present.some(([, values]) => values[at] === 'stale')) return 'stale'
  const last = present.at(-1)
  const total = numberOf(counts[at]) ?? numberOf(last?.[1][at]) ?? 0
  const bounds = present.map(([bound]) => bound).filter((bound) => bound !== Infinity)
  table.begin()
  table.startPositive()
  let before = 0
  for (const [i, [bound, values]] of present.entries()) {
    if (bound === Infinity) continue
    const value = numberOf(values[at]) ?? 0
    table.addBucket(i, value - before)
    before = value
  }
  const infinite = last?.[0] === Infinity ? (numberOf(last[1][at]) ?? 0) : total
  table.addBucket(bounds.length, infinite - before)
  const row = table.finish({
    schema: CUSTOM_BUCKETS,
    hint: HINT_UNKNOWN,
    count: total,
    sum: numberOf(sums[at]) ?? 0,
    zeroThreshold: 0,
    zeroCount: 0,
    bounds: Float64Array.from(bounds),
  })
  const histogram: HistogramValue = { table, row }
  return histogram
}

function isThere(value: SequenceValue | undefined): boolean {
  return value !== undefined && value !== 'omitted'
}

function numberOf(value: SequenceValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}
