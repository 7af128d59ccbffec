import type { NameCountJson, TsdbStatusJson } from '../../../contract/prometheus.ts'
import type { MetricsStore } from '../../../store/metrics-store.ts'

/** What `status/tsdb` shows: the size of the index, and what makes it large. Each list has its `limit` largest entries. */
export function describeIndex(store: MetricsStore, limit: number): TsdbStatusJson {
  const { index } = store
  const stats = store.stats()
  const names: NameCountJson[] = []
  const pairs: NameCountJson[] = []
  const bytes: NameCountJson[] = []
  let labelPairs = 0
  for (const name of index.labelNames()) {
    const values = index.valuesOf(name)
    labelPairs += values.size
    names.push({ name, value: values.size })
    let size = 0
    for (const [value, refs] of values) {
      size += value.length
      pairs.push({ name: `${name}=${value}`, value: refs.length })
    }
    bytes.push({ name, value: size })
  }
  const metrics = [...index.valuesOf('__name__')].map(([name, refs]) => ({
    name,
    value: refs.length,
  }))
  return {
    headStats: {
      numSeries: stats.series,
      numLabelPairs: labelPairs,
      chunkCount: Math.ceil(stats.hotSamples / 120),
      minTime: Number.isFinite(stats.oldestMs) ? stats.oldestMs : 0,
      maxTime: Number.isFinite(stats.newestMs) ? stats.newestMs : 0,
    },
    seriesCountByMetricName: largest(metrics, limit),
    labelValueCountByLabelName: largest(names, limit),
    memoryInBytesByLabelName: largest(bytes, limit),
    seriesCountByLabelValuePair: largest(pairs, limit),
  }
}

function largest(entries: readonly NameCountJson[], limit: number): NameCountJson[] {
  return entries.toSorted((a, b) => b.value - a.value).slice(0, limit)
}
