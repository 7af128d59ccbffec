import type { Metric, MetricFamily } from '../model/metric-family.ts'
import type { Registry } from '../self/metrics.ts'
import type { StoreStats } from './metrics-store-options.ts'
import type { MetricsStore } from './metrics-store.ts'

/** The store's figures: Prometheus's names where it has them, ours for the rest. */
export function registerStoreMetrics(registry: Registry, store: MetricsStore): void {
  registry.collect(() => {
    const stats = store.stats()
    return [...seriesFamilies(stats), ...sampleFamilies(stats)]
  })
}

function sampleFamilies(stats: StoreStats): MetricFamily[] {
  const rejected: Metric[] = [...stats.rejectedSamples].map(([reason, value]) => ({
    labels: ['reason', reason],
    value,
  }))
  return [
    one(
      'prometheus_tsdb_head_samples_appended_total',
      'counter',
      'Total number of appended samples.',
      stats.appendedSamples,
    ),
    one(
      'prometheus_tsdb_head_max_time',
      'gauge',
      'Maximum timestamp of the head block.',
      finite(stats.newestMs),
    ),
    one(
      'prometheus_tsdb_head_min_time',
      'gauge',
      'Minimum time bound of the head block.',
      finite(stats.oldestMs),
    ),
    one('vedette_hot_samples', 'gauge', 'Samples in the hot window.', stats.hotSamples),
    one('vedette_hot_bytes', 'gauge', 'Memory of the hot window.', stats.hotBytes),
    one(
      'vedette_pending_samples',
      'gauge',
      'Samples accepted but not yet durable.',
      stats.pendingRows,
    ),
    one(
      'vedette_unstored_samples_total',
      'counter',
      'Samples that were kept in memory only because the backlog was full.',
      stats.unstoredSamples,
    ),
    {
      name: 'vedette_rejected_samples_total',
      help: 'Samples refused, by reason.',
      type: 'counter',
      metrics: rejected,
    },
  ]
}

function seriesFamilies(stats: StoreStats): MetricFamily[] {
  return [
    one(
      'prometheus_tsdb_head_series',
      'gauge',
      'Total number of series in the head block.',
      stats.series,
    ),
    one(
      'vedette_counted_series',
      'gauge',
      'Series as storage.max-series counts them: those that ended count a third.',
      stats.countedSeries,
    ),
  ]
}

function one(name: string, type: 'counter' | 'gauge', help: string, value: number): MetricFamily {
  return { name, type, help, metrics: [{ labels: [], value }] }
}

function finite(timeMs: number): number {
  return Number.isFinite(timeMs) ? timeMs : 0
}
