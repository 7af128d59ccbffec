import { DURATION_BUCKETS_S, type Histogram, type Registry } from '../self/metrics.ts'
import type { RouteMeter } from './listener.ts'

/** Meters of the routes of a listener whose original has no self-metrics that field dashboards read. */
export function routeMeter(registry: Registry, listener: string): (path: string) => RouteMeter {
  const requests = registry.counterBy(
    'vedette_http_requests_total',
    'HTTP requests by listener, route and status.',
    ['listener', 'handler', 'code'],
  )
  const durations = registry.histogramBy(
    'vedette_http_request_duration_seconds',
    'Durations of HTTP requests.',
    DURATION_BUCKETS_S,
    ['listener', 'handler'],
  )
  return (path) => {
    // Made with the first request: a listener has a hundred routes, and most servers are never asked most of them.
    let duration: Histogram | undefined
    return (status, durationS) => {
      requests.with(listener, path, String(status)).inc()
      duration ??= durations.with(listener, path)
      duration.observe(durationS)
    }
  }
}
