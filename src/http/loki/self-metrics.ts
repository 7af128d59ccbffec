import type { Registry } from '../../self/metrics.ts'
import { LOKI_VERSION, VERSION } from '../../self/version.ts'
import type { RouteMeter } from '../listener.ts'
import { routeMeter } from '../route-meter.ts'

/** Those of Loki's server (dskit/instrument). */
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100]

/**
 * Meters of the routes of the Loki API: our own families, and `loki_request_duration_seconds`, which the field's dashboards and rules
 * read. Registers what else they ask for by name.
 */
export function lokiMeter(registry: Registry): (path: string) => RouteMeter {
  const own = routeMeter(registry, 'loki')
  const durations = registry.histogramBy(
    'loki_request_duration_seconds',
    'Time (in seconds) spent serving HTTP requests.',
    BUCKETS_S,
    ['method', 'route', 'status_code', 'ws'],
  )
  // No part of ours can panic and live on: the name is there for rules that ask for it.
  registry.counter('loki_panic_total', 'The total number of panic.')
  registry
    .gaugeBy('loki_build_info', 'A metric with a constant value of 1, by version.', [
      'version',
      'revision',
    ])
    .with(LOKI_VERSION, `vedette-${VERSION}`)
    .set(1)
  return (path) => {
    const meter = own(path)
    const route = routeName(path)
    return (status, durationS, sizeBytes, method) => {
      meter(status, durationS, sizeBytes, method)
      const isSocket = status === 101
      durations.with(method, route, String(status), String(isSocket)).observe(durationS)
    }
  }
}

/** As dskit names routes: `/loki/api/v1/label/:name/values` is `loki_api_v1_label_name_values`. */
function routeName(path: string): string {
  return path
    .replaceAll(/[^a-zA-Z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toLowerCase()
}
