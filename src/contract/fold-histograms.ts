import type {
  AnsweredDataJson,
  AnsweredSampleJson,
  AnsweredSeriesJson,
  HistogramJson,
  LabelsJson,
  PointJson,
  QueryDataJson,
  SeriesJson,
  VectorSampleJson,
} from './prometheus.ts'
import { parseSampleValue } from './sample-value.ts'

/**
 * How native histograms are shown where only numbers can be: each as its count and its sum, under the names that a classic histogram
 * has for these; or as its buckets, each with how many observations are at or below its upper bound, `le`.
 */
export type HistogramView = 'totals' | 'buckets'

/** An answer in which native histograms became series of numbers. What has none is returned as it is. */
export function foldHistograms(data: AnsweredDataJson, view: HistogramView): QueryDataJson {
  const rest = data.stats === undefined ? {} : { stats: data.stats }
  switch (data.resultType) {
    case 'vector':
      return {
        ...rest,
        resultType: 'vector',
        result: data.result.flatMap((s) => ofSample(s, view)),
      }
    case 'matrix':
      return {
        ...rest,
        resultType: 'matrix',
        result: data.result.flatMap((s) => ofSeries(s, view)),
      }
    default:
      return data
  }
}

function ofSample(
  { metric, value, histogram }: AnsweredSampleJson,
  view: HistogramView,
): VectorSampleJson[] {
  const own = value === undefined ? [] : [{ metric, value }]
  if (histogram === undefined) return own
  const [seconds, found] = histogram
  return numbersOf(metric, found, view).map(([labels, text]) => ({
    metric: labels,
    value: [seconds, text],
  }))
}

function ofSeries(
  { metric, values, histograms }: AnsweredSeriesJson,
  view: HistogramView,
): SeriesJson[] {
  const own = values === undefined ? [] : [{ metric, values }]
  if (histograms === undefined) return own
  const bounds = view === 'buckets' ? boundsOf(histograms.map(([, found]) => found)) : []
  const made = new Map<string, { readonly metric: LabelsJson; readonly values: PointJson[] }>()
  for (const [seconds, found] of histograms) {
    for (const [labels, text] of numbersOf(metric, found, view, bounds)) {
      const key = JSON.stringify(labels)
      const series = made.get(key) ?? { metric: labels, values: [] }
      made.set(key, series)
      series.values.push([seconds, text])
    }
  }
  return [...own, ...made.values()]
}

function numbersOf(
  metric: LabelsJson,
  found: HistogramJson,
  view: HistogramView,
  bounds: readonly string[] = boundsOf([found]),
): (readonly [LabelsJson, string])[] {
  if (view === 'totals') {
    return [
      [named(metric, 'count'), found.count],
      [named(metric, 'sum'), found.sum],
    ]
  }
  return bounds.map((le) => [{ ...metric, le }, String(countUpTo(found, parseSampleValue(le)))])
}

/** `x_count` of a metric x; of what has no name any more, `count`. */
function named(metric: LabelsJson, part: string): LabelsJson {
  const name = metric['__name__']
  return { ...metric, __name__: name === undefined ? part : `${name}_${part}` }
}

/** The upper bounds of all buckets, ascending. */
function boundsOf(histograms: readonly HistogramJson[]): readonly string[] {
  const texts = histograms.flatMap(({ buckets = [] }) => buckets.map(([, , upper]) => upper))
  return [...new Set(texts)].sort((a, b) => parseSampleValue(a) - parseSampleValue(b))
}

function countUpTo({ buckets = [] }: HistogramJson, bound: number): number {
  let count = 0
  for (const [, , upper, inBucket] of buckets) {
    if (parseSampleValue(upper) <= bound) count += parseSampleValue(inBucket)
  }
  return count
}
