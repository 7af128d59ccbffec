import type { MetricFamily } from '../model/metric-family.ts'
import type { Counter, Gauge, Histogram, Labelled, Registry } from '../self/metrics.ts'
import { RecentQuantiles } from '../self/recent-quantiles.ts'

/** What is counted of one Alertmanager. */
export interface TargetMetrics {
  readonly sent: Counter
  readonly errors: Counter
  readonly dropped: Counter
  readonly queueLength: Gauge
  took(durationMs: number): void
}

const LATENCY = 'How long it took to send alerts.'

/** Counts what is sent to Alertmanagers under the names of Prometheus (notifier/metric.go). */
export class ForwardMetrics {
  readonly #sent: Labelled<Counter>
  readonly #errors: Labelled<Counter>
  readonly #dropped: Labelled<Counter>
  readonly #queueLength: Labelled<Gauge>
  readonly #histogram: Labelled<Histogram>
  readonly #latencies = new Map<string, RecentQuantiles>()
  readonly #registry: Registry
  readonly #nowMs: () => number

  constructor(registry: Registry, queueCapacity: number, nowMs: () => number) {
    this.#registry = registry
    this.#nowMs = nowMs
    const name = (what: string): string => `prometheus_notifications_${what}`
    const labels = ['alertmanager']
    this.#sent = registry.counterBy(name('sent_total'), 'Alerts sent.', labels)
    this.#errors = registry.counterBy(
      name('errors_total'),
      'Alerts that could not be sent because of an error.',
      labels,
    )
    this.#dropped = registry.counterBy(
      name('dropped_total'),
      'Alerts dropped: not sent, or too many waiting.',
      labels,
    )
    this.#queueLength = registry.gaugeBy(name('queue_length'), 'Alerts that wait.', labels)
    registry.gauge(name('queue_capacity'), 'How many alerts may wait.').set(queueCapacity)
    const histogram = name('latency_histogram_seconds')
    this.#histogram = registry.histogramBy(histogram, LATENCY, [0.01, 0.1, 1, 10], labels)
    registry.collect(() => [this.#summary()])
  }

  /** Says how many Alertmanagers there are, whenever somebody asks. */
  countDiscovered(count: () => number): void {
    this.#registry.collect(() => [
      {
        name: 'prometheus_notifications_alertmanagers_discovered',
        help: 'Alertmanagers that alerts are sent to.',
        type: 'gauge',
        metrics: [{ labels: [], value: count() }],
      },
    ])
  }

  target(url: string): TargetMetrics {
    const latency = this.#latencies.get(url) ?? new RecentQuantiles([0.5, 0.9, 0.99])
    this.#latencies.set(url, latency)
    const histogram = this.#histogram.with(url)
    return {
      sent: this.#sent.with(url),
      errors: this.#errors.with(url),
      dropped: this.#dropped.with(url),
      queueLength: this.#queueLength.with(url),
      took: (durationMs) => {
        latency.observe(durationMs / 1000, this.#nowMs())
        histogram.observe(durationMs / 1000)
      },
    }
  }

  removeTarget(url: string): void {
    this.#latencies.delete(url)
    for (const family of [this.#sent, this.#errors, this.#dropped]) family.remove(url)
    this.#queueLength.remove(url)
    this.#histogram.remove(url)
  }

  #summary(): MetricFamily {
    return {
      name: 'prometheus_notifications_latency_seconds',
      help: LATENCY,
      type: 'summary',
      metrics: [...this.#latencies].flatMap(([url, values]) =>
        values.metrics(['alertmanager', url], this.#nowMs()),
      ),
    }
  }
}
