import type { MetricFamily } from '../model/metric-family.ts'

/** Prometheus's own metrics about the last configuration that was to be loaded. */
export function reloadMetrics(last: {
  readonly succeeded: boolean
  readonly atMs: number
}): readonly MetricFamily[] {
  const gauge = (name: string, help: string, value: number): MetricFamily => ({
    name: `prometheus_config_last_reload_${name}`,
    help,
    type: 'gauge',
    metrics: [{ labels: [], value }],
  })
  return [
    gauge(
      'successful',
      'Whether the last configuration that was to be loaded is in force.',
      last.succeeded ? 1 : 0,
    ),
    gauge('success_timestamp_seconds', 'When a configuration was last loaded.', last.atMs / 1000),
  ]
}
