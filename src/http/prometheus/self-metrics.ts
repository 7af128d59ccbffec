import type { Metric } from '../../model/metric-family.ts'
import { DURATION_BUCKETS_S, type Registry } from '../../self/metrics.ts'
import type { Route } from '../exchange.ts'
import type { RouteMeter } from '../listener.ts'
import type { PrometheusDoors } from './doors.ts'

/** Prometheus's own bounds: 100 B to 1 GB. */
const SIZE_BUCKETS_BYTES = [1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

/** Meters of routes under the original's names, which field dashboards read. */
export function prometheusMeter(registry: Registry): (path: string) => RouteMeter {
  const requests = registry.counterBy(
    'prometheus_http_requests_total',
    'Counter of HTTP requests.',
    ['code', 'handler'],
  )
  const durations = registry.histogramBy(
    'prometheus_http_request_duration_seconds',
    'Histogram of latencies for HTTP requests.',
    DURATION_BUCKETS_S,
    ['handler'],
  )
  const sizes = registry.histogramBy(
    'prometheus_http_response_size_bytes',
    'Histogram of response size for HTTP requests.',
    SIZE_BUCKETS_BYTES,
    ['handler'],
  )
  return (path) => {
    // A handler is there from the start, at 0, as in the original.
    const succeeded = requests.with('200', path)
    const duration = durations.with(path)
    const size = sizes.with(path)
    return (status, durationS, sizeBytes) => {
      if (status === 200) succeeded.inc()
      else requests.with(String(status), path).inc()
      duration.observe(durationS)
      if (sizeBytes !== undefined) size.observe(sizeBytes)
    }
  }
}

/** `prometheus_ready` and `prometheus_build_info`, read when somebody asks. */
export function registerServerInfo(
  doors: Pick<PrometheusDoors, 'registry' | 'status' | 'readiness'>,
): void {
  doors.registry.collect(() => {
    const { version, revision, branch, goVersion } = doors.status.buildInfo()
    const labels = [
      'branch',
      branch,
      'goversion',
      goVersion,
      'revision',
      revision,
      'version',
      version,
    ]
    const build: Metric = { labels, value: 1 }
    const ready: Metric = { labels: [], value: doors.readiness.ready().ok ? 1 : 0 }
    return [
      {
        name: 'prometheus_build_info',
        help: 'The version of Prometheus whose behaviour is answered, with our own revision.',
        type: 'gauge',
        metrics: [build],
      },
      {
        name: 'prometheus_ready',
        help: 'Whether Prometheus startup was fully completed and the server is ready for normal operation.',
        type: 'gauge',
        metrics: [ready],
      },
    ]
  })
}

/** `/metrics` and `/version`. */
export function selfRoutes({
  selfMetrics,
  status,
}: Pick<PrometheusDoors, 'selfMetrics' | 'status'>): Route[] {
  return [
    {
      methods: ['GET'],
      path: '/metrics',
      permission: 'read',
      handle: async () => ({
        contentType: 'text/plain; version=0.0.4; charset=utf-8',
        body: await selfMetrics(),
      }),
    },
    {
      methods: ['GET'],
      path: '/version',
      permission: 'read',
      handle: () => ({
        contentType: 'text/plain; charset=utf-8',
        body: `${JSON.stringify(status.buildInfo())}\n`,
      }),
    },
  ]
}
