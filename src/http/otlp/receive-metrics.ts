import { decodeMetricsJson } from '../../formats/otlp/decode-metrics-json.ts'
import { decodeMetrics } from '../../formats/otlp/decode-metrics.ts'
import type { MetricSink } from '../../model/otlp-metrics.ts'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import type { ExportReceiver } from './export-outcome.ts'
import { createExportReceiver, partialOutcome } from './receive-export.ts'

export interface OtlpMetricDoors {
  readonly sink: MetricSink
  readonly registry: Registry
  readonly log: Log
}

/** The receiver of metrics, for every transport. Data points that cannot be stored are told as a partial success. */
export function createMetricReceiver({ sink, registry, log }: OtlpMetricDoors): ExportReceiver {
  return createExportReceiver({
    ...{ path: '/v1/metrics', what: 'data points', counted: 'metric_points', registry, log },
    decode: (bytes, encoding) => {
      const { batch, refusals } =
        encoding === 'json' ? decodeMetricsJson(bytes) : decodeMetrics(bytes)
      const points = batch.metricIndex.length
      return {
        records: points + refusals.count,
        store: async () => {
          const nothing = { accepted: 0, rejected: 0, message: '' }
          const result = points === 0 ? nothing : await sink.append(batch)
          const messages = [refusals.message, result.message].filter((text) => text !== '')
          const rejected = refusals.count + result.rejected
          const told = { stored: result.accepted, rejected, message: messages.join('; ') }
          return { stored: result.accepted, outcome: partialOutcome(told) }
        },
      }
    },
  })
}
