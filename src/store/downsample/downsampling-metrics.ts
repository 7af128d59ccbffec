import type { MetricFamily } from '../../model/metric-family.ts'
import type { Registry } from '../../self/metrics.ts'
import type { Downsampler, DownsamplingStats } from './downsampler.ts'
import { nameResolution } from './levels.ts'

/** What there is of aggregates, by resolution; nothing where none are made. */
export function registerDownsamplingMetrics(registry: Registry, downsampler: Downsampler): void {
  registry.collect(() => {
    const stats = downsampler.stats().filter(({ days, waitingDays }) => days + waitingDays > 0)
    const family = (
      name: string,
      help: string,
      valueOf: (stats: DownsamplingStats) => number,
    ): MetricFamily => ({
      name: `vedette_downsampling_${name}`,
      help,
      type: 'gauge',
      metrics: stats.map((entry) => ({
        labels: ['resolution', nameResolution(entry.resolutionMs)],
        value: valueOf(entry),
      })),
    })
    return [
      family('buckets', 'Aggregates that are stored.', ({ rows }) => rows),
      family('bytes', 'Bytes of the aggregates on disk.', ({ bytes }) => bytes),
      family('days', 'Days of metrics that are aggregated.', ({ days }) => days),
      family(
        'waiting_days',
        'Days that are due and not aggregated yet.',
        ({ waitingDays }) => waitingDays,
      ),
      family(
        'end_timestamp_seconds',
        'End of the newest day that is aggregated.',
        ({ untilMs }) => untilMs / 1000,
      ),
    ]
  })
}
