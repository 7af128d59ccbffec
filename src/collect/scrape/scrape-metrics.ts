import type { Counter, Labelled, Registry } from '../../self/metrics.ts'
import type { PageResult } from './series-tracker.ts'

/** Counts scrapes under the names that field rules and dashboards read of Prometheus. */
export class ScrapeMetrics {
  readonly #scrapes: Labelled<Counter>
  readonly #failed: Labelled<Counter>
  readonly #refused: Counter

  constructor(registry: Registry) {
    this.#scrapes = registry.counterBy('vedette_scrapes_total', 'Scrapes by job.', ['scrape_job'])
    this.#failed = registry.counterBy('vedette_scrapes_failed_total', 'Scrapes that brought no page, by job.', ['scrape_job'])
    this.#refused = registry.counter(
      'prometheus_target_scrapes_sample_duplicate_timestamp_total',
      'Total number of samples rejected due to duplicate timestamps but different values.',
    )
  }

  note(pool: string, result: PageResult): void {
    this.#scrapes.with(pool).inc()
    if (!result.up) this.#failed.with(pool).inc()
    if (result.rejected > 0) this.#refused.inc(result.rejected)
  }
}
