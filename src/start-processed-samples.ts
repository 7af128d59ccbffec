import type { CollectCore } from './core.ts'
import type { OtlpTranslation } from './formats/otlp/translation.ts'
import { MetricTranslator } from './formats/otlp/translate-metrics.ts'
import { throughPipelines, type ProcessPoints } from './ingest/collector/processed-samples.ts'
import type { SampleSink } from './model/samples.ts'

/** Puts the pipelines of a collector's file before a sink of scraped samples. Series keep their names. */
export function createProcessedSamples(
  core: CollectCore,
  sink: SampleSink,
  pipelinesOf: (job: string) => ProcessPoints | undefined,
): SampleSink {
  const translator = new MetricTranslator()
  let own: OtlpTranslation | undefined
  let translation: OtlpTranslation | undefined
  return throughPipelines(sink, {
    pipelinesOf,
    translate: (batch) => {
      const { prometheus, query } = core.config()
      if (translation === undefined || own !== prometheus.otlp) {
        own = prometheus.otlp
        translation = withoutSuffixes(own)
      }
      const options = { translation, lookbackMs: query.lookbackMs, keepsDeltas: true }
      return translator.translate(batch, options).samples
    },
  })
}

function withoutSuffixes(own: OtlpTranslation): OtlpTranslation {
  return {
    ...own,
    translationStrategy: 'UnderscoreEscapingWithoutSuffixes',
    ...{ labelNameUnderscoreSanitization: false, labelNamePreserveMultipleUnderscores: true },
  }
}
