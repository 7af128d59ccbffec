import type { VedetteConfig } from './config.ts'
import { createPromqlEngine } from './query/promql/create.ts'
import type { PromqlEngine } from './query/promql/engine.ts'
import { tracePromql } from './start-own-telemetry.ts'
import { MAX_QUERY_SERIES } from './start-prometheus.ts'
import type { MetricsSource } from './store/metrics-source.ts'

/** What evaluates PromQL under a configuration, and traces itself. */
export function createPromql(
  { query, prometheus, features }: VedetteConfig,
  source: MetricsSource,
): PromqlEngine {
  const defaultStepMs = prometheus.global.evaluationIntervalMs
  const engine = createPromqlEngine(
    source,
    { ...query, maxSeries: MAX_QUERY_SERIES, defaultStepMs },
    { delayedNameRemoval: features.has('promql-delayed-name-removal') },
  )
  return tracePromql(engine)
}
