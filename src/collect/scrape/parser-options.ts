import { schemaOfFactor } from '../../formats/prometheus-proto/native-draft.ts'
import type { ScrapeParserOptions } from '../../formats/prometheus-text/scrape-parser.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'

/** How the pages of a job are read. */
export function parserOptionsOf(config: ScrapeConfig): ScrapeParserOptions {
  const fallback = config.fallbackScrapeProtocol
  return {
    ...(fallback === undefined ? {} : { fallback }),
    histograms: {
      takesNative: config.scrapeNativeHistograms,
      keepsClassic: config.alwaysScrapeClassicHistograms,
      maxBuckets: config.nativeHistogramBucketLimit,
      maxSchema: schemaOfFactor(config.nativeHistogramMinBucketFactor),
    },
  }
}
