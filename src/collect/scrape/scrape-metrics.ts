import type { MetricFamily } from '../../model/metric-family.ts'
import type { Counter, Labelled, Registry } from '../../self/metrics.ts'
import { formatGoDuration } from '../../model/go-duration.ts'
import { BodySizeFault } from './page-source.ts'
import { poolGauges, type PoolGauges } from './pool-gauges.ts'
import { RecentQuantiles } from '../../self/recent-quantiles.ts'
import type { ScrapeResult } from './scrape-result.ts'

/** Names of Prometheus (scrape/metrics.go), and what they count here. */
const COUNTERS = {
  poolsOpened: ['prometheus_target_scrape_pools_total', 'Scrape pools that were to be created.'],
  poolsFailed: [
    'prometheus_target_scrape_pools_failed_total',
    'Scrape pools that could not be created.',
  ],
  reloads: [
    'prometheus_target_scrape_pool_reloads_total',
    'Scrape pools that were given another configuration.',
  ],
  reloadsFailed: [
    'prometheus_target_scrape_pool_reloads_failed_total',
    'Configurations that could not be given to the scrape pools.',
  ],
  targetLimitHits: [
    'prometheus_target_scrape_pool_exceeded_target_limit_total',
    'Times that a job had more targets than its target_limit.',
  ],
  labelLimitHits: [
    'prometheus_target_scrape_pool_exceeded_label_limits_total',
    'Scrapes refused for labels past a limit.',
  ],
  sampleLimitHits: [
    'prometheus_target_scrapes_exceeded_sample_limit_total',
    'Scrapes refused for more samples than sample_limit.',
  ],
  bucketLimitHits: [
    'prometheus_target_scrapes_exceeded_native_histogram_bucket_limit_total',
    'Scrapes refused for a histogram with more buckets than native_histogram_bucket_limit.',
  ],
  bodyLimitHits: [
    'prometheus_target_scrapes_exceeded_body_size_limit_total',
    'Scrapes refused for a page longer than body_size_limit.',
  ],
  duplicates: [
    'prometheus_target_scrapes_sample_duplicate_timestamp_total',
    'Samples refused because their series has another value at the same time.',
  ],
  outOfOrder: [
    'prometheus_target_scrapes_sample_out_of_order_total',
    'Samples refused for their order: always 0, since any order is taken.',
  ],
  outOfBounds: [
    'prometheus_target_scrapes_sample_out_of_bounds_total',
    'Samples refused because their time is too far away.',
  ],
  cacheFlushes: [
    'prometheus_target_scrapes_cache_flush_forced_total',
    'Times that what is remembered of a failing target was forgotten for its size.',
  ],
  fileReadErrors: [
    'prometheus_sd_file_read_errors_total',
    'Files of targets that could not be read.',
  ],
} as const satisfies Record<string, readonly [name: string, help: string]>

export type ScrapeCounter = keyof typeof COUNTERS

/** Of more different intervals than this, those that come later are not told apart. */
const MAX_INTERVALS = 100

/** Counts scrapes under the names that field rules and dashboards read of Prometheus. */
export class ScrapeMetrics {
  readonly #counters = new Map<string, Counter>()
  readonly #scrapes: Labelled<Counter>
  readonly #failures: Labelled<Counter>
  readonly #syncs: Labelled<Counter>
  readonly #syncFailures: Labelled<Counter>
  readonly #intervals = new Map<string, RecentQuantiles>()
  readonly #syncLengths = new Map<string, RecentQuantiles>()
  readonly #nowMs: () => number
  #pools: ReadonlyMap<string, PoolGauges> = new Map()

  constructor(registry: Registry, nowMs: () => number = Date.now) {
    this.#nowMs = nowMs
    for (const [key, [name, help]] of Object.entries(COUNTERS)) {
      this.#counters.set(key, registry.counter(name, help))
    }
    const byJob = (name: string, help: string): Labelled<Counter> =>
      registry.counterBy(name, help, ['scrape_job'])
    this.#scrapes = byJob('vedette_scrapes_total', 'Scrapes.')
    this.#failures = byJob('vedette_scrapes_failed_total', 'Scrapes that brought no page.')
    this.#syncs = byJob(
      'prometheus_target_scrape_pool_sync_total',
      'Times that the targets of a job were decided anew.',
    )
    this.#syncFailures = byJob(
      'prometheus_target_sync_failed_total',
      'Targets found that cannot be scraped.',
    )
    registry.collect(() => this.#collect())
  }

  /** Where the gauges read: the jobs by name, as they are at any time. */
  watch(pools: ReadonlyMap<string, PoolGauges>): void {
    this.#pools = pools
  }

  count(what: ScrapeCounter, by = 1): void {
    this.#counters.get(what)?.inc(by)
  }

  /** `sinceLastMs` is the time between the beginnings of the last scrape and this one, undefined for the first. */
  noteScrape(
    job: string,
    intervalMs: number,
    result: ScrapeResult,
    sinceLastMs: number | undefined,
  ): void {
    this.#scrapes.with(job).inc()
    if (!result.up) this.#failures.with(job).inc()
    if (result.isSampleLimitHit) this.count('sampleLimitHits')
    if (result.isLabelLimitHit) this.count('labelLimitHits')
    if (result.isBucketLimitHit) this.count('bucketLimitHits')
    if (result.fault instanceof BodySizeFault) this.count('bodyLimitHits')
    if (result.isCacheFlushed) this.count('cacheFlushes')
    this.count('duplicates', result.duplicates)
    this.count('outOfBounds', result.outOfBounds)
    if (sinceLastMs === undefined) return
    const interval = formatGoDuration(intervalMs)
    const isKnown = this.#intervals.has(interval) || this.#intervals.size < MAX_INTERVALS
    this.#observe(this.#intervals, isKnown ? interval : 'other', sinceLastMs / 1000)
  }

  noteSync(job: string, durationMs: number, failures: number): void {
    this.#syncs.with(job).inc()
    this.#syncFailures.with(job).inc(failures)
    this.#observe(this.#syncLengths, job, durationMs / 1000)
  }

  /** A job is gone: what is counted by its name is no longer shown. */
  forgetJob(job: string): void {
    for (const family of [this.#scrapes, this.#failures, this.#syncs, this.#syncFailures]) {
      family.remove(job)
    }
    this.#syncLengths.delete(job)
  }

  #observe(summaries: Map<string, RecentQuantiles>, label: string, seconds: number): void {
    let summary = summaries.get(label)
    if (summary === undefined) summaries.set(label, (summary = new RecentQuantiles()))
    summary.observe(seconds, this.#nowMs())
  }

  #collect(): MetricFamily[] {
    const summary = (
      name: string,
      help: string,
      label: string,
      summaries: ReadonlyMap<string, RecentQuantiles>,
    ): MetricFamily => ({
      name,
      help,
      type: 'summary',
      metrics: [...summaries].flatMap(([value, quantiles]) =>
        quantiles.metrics([label, value], this.#nowMs()),
      ),
    })
    return [
      ...poolGauges(this.#pools),
      summary(
        'prometheus_target_interval_length_seconds',
        'Time between scrapes of a target.',
        'interval',
        this.#intervals,
      ),
      summary(
        'prometheus_target_sync_length_seconds',
        'Time that deciding the targets of a job took.',
        'scrape_job',
        this.#syncLengths,
      ),
    ]
  }
}
