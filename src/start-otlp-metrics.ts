import type { CollectCore } from './core.ts'
import { DeltaToCumulative } from './formats/otlp/delta-to-cumulative.ts'
import { PointRefusals } from './formats/otlp/point-refusals.ts'
import { MetricTranslator } from './formats/otlp/translate-metrics.ts'
import type { ExportReceiver } from './http/otlp/export-outcome.ts'
import { createMetricReceiver } from './http/otlp/receive-metrics.ts'
import { MetricIngest } from './ingest/otlp-metrics.ts'
import { limitLabels } from './ingest/samples.ts'
import type { MetricSink } from './model/otlp-metrics.ts'
import type { SampleSink } from './model/samples.ts'

/** The part of OpenTelemetry's metrics. */
export interface RunningOtlpMetrics {
  /** Makes series of metrics and stores them; processors stand before it. */
  readonly sink: MetricSink
  /** Takes exported metrics, for every door of OTLP. */
  readonly receive: ExportReceiver
}

/** Builds what takes metrics of OpenTelemetry, by the rules of `otlp:` in Prometheus's configuration. */
export function createOtlpMetrics(core: CollectCore, store: SampleSink): RunningOtlpMetrics {
  const { registry, log } = core
  const deltas = new DeltaToCumulative()
  const translator = new MetricTranslator()
  const keepsDeltas = (): boolean => core.config().features.has('otlp-native-delta-ingestion')
  const sink = new MetricIngest(limitLabels(store), {
    accumulate: (batch) =>
      keepsDeltas() ? { batch, refusals: new PointRefusals() } : deltas.convert(batch, Date.now()),
    translate: (batch) => {
      const { prometheus, query } = core.config()
      return translator.steps(batch, {
        translation: prometheus.otlp,
        lookbackMs: query.lookbackMs,
        keepsDeltas: keepsDeltas(),
      })
    },
  })
  return { sink, receive: createMetricReceiver({ sink, registry, log }) }
}
