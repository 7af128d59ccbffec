import type { Labels } from '../../model/labels.ts'
import type { SampleBatch } from '../../model/samples.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'

export interface ScrapeReport {
  readonly up: boolean
  readonly durationMs: number
  readonly samplesScraped: number
  readonly samplesKept: number
  readonly seriesAdded: number
  /** -1 when there was no body. */
  readonly bodyBytes: number
}

/** The series about each scrape: `up` and `scrape_*`, those of `extra_scrape_metrics` where the job asks for them. */
export class ReportSeries {
  readonly series: readonly Labels[]
  readonly #config: ScrapeConfig
  readonly #index: Uint32Array

  constructor(target: Labels, config: ScrapeConfig) {
    const names = [
      'up',
      'scrape_duration_seconds',
      'scrape_samples_scraped',
      'scrape_samples_post_metric_relabeling',
      'scrape_series_added',
      ...(config.extraScrapeMetrics
        ? ['scrape_timeout_seconds', 'scrape_sample_limit', 'scrape_body_size_bytes']
        : []),
    ]
    this.series = names.map((name) => target.with({ __name__: name }))
    this.#config = config
    this.#index = Uint32Array.from(names, (_, i) => i)
  }

  batch(timestampMs: number, report: ScrapeReport): SampleBatch {
    const values = [
      report.up ? 1 : 0,
      report.durationMs / 1000,
      report.samplesScraped,
      report.samplesKept,
      report.seriesAdded,
      this.#config.timeoutMs / 1000,
      this.#config.sampleLimit,
      report.bodyBytes,
    ]
    return {
      series: this.series,
      seriesIndex: this.#index,
      timestampsMs: new Float64Array(this.series.length).fill(timestampMs),
      values: Float64Array.from(values.slice(0, this.series.length)),
    }
  }
}
