import type { Counter, Histogram, Labelled, Registry } from '../../self/metrics.ts'

const REFRESH_BOUNDS_S = [0.01, 0.1, 1, 10]

/** What discoveries count, under the names of Prometheus (discovery/metrics_refresh.go, discovery/kubernetes/metrics.go). */
export class DiscoveryMetrics {
  readonly #failures: Labelled<Counter>
  readonly #durations: Labelled<Histogram>
  /** By role and `add`, `update` or `delete`. */
  readonly kubernetesEvents: Labelled<Counter>
  readonly kubernetesFailures: Counter

  constructor(registry: Registry) {
    this.#failures = registry.counterBy(
      'prometheus_sd_refresh_failures_total',
      'Times that a discovery could not find out its targets.',
      ['config', 'mechanism'],
    )
    this.#durations = registry.histogramBy(
      'prometheus_sd_refresh_duration_histogram_seconds',
      'How long a discovery took to find out its targets.',
      REFRESH_BOUNDS_S,
      ['config', 'mechanism'],
    )
    this.kubernetesEvents = registry.counterBy(
      'prometheus_sd_kubernetes_events_total',
      'Changes of Kubernetes objects that were taken.',
      ['role', 'event'],
    )
    this.kubernetesFailures = registry.counter(
      'prometheus_sd_kubernetes_failures_total',
      'Lists and watches of Kubernetes objects that failed.',
    )
  }

  /** `config` is the name of the job, `mechanism` the kind: `docker`. */
  noteRefresh(config: string, mechanism: string, durationMs: number, isFailed: boolean): void {
    this.#durations.with(config, mechanism).observe(durationMs / 1000)
    // With 0 of a failure that has not come yet, rate() sees the first one.
    this.#failures.with(config, mechanism).inc(isFailed ? 1 : 0)
  }
}
