import type { Log } from '../self/log.ts'
import type { Registry } from '../self/metrics.ts'
import type { Access, ListenAddress } from './guard.ts'
import { createListener, type HttpLimits, type Listener } from './listener.ts'
import { warnOfTenants } from './loki/tenants.ts'
import type { ExportReceiver } from './otlp/export-outcome.ts'
import { exportRoute } from './otlp/export-route.ts'
import { routeMeter } from './route-meter.ts'

/** What the OTLP listeners stand on: a receiver a signal. */
export interface OtlpDoors {
  readonly logs: ExportReceiver
  readonly spans: ExportReceiver
  readonly metrics: ExportReceiver
  readonly registry: Registry
  readonly log: Log
}

export interface OtlpListenerOptions {
  /** Host and port; the name of the listener is added. */
  readonly address: Omit<ListenAddress, 'listener'>
  readonly access: Access
  readonly limits?: Partial<HttpLimits>
}

/** The listener of OTLP over HTTP, where OpenTelemetry's SDKs and collectors send to. */
export function createOtlpHttpListener(doors: OtlpDoors, options: OtlpListenerOptions): Listener {
  const address = { ...options.address, listener: 'otlp-http' }
  const log = doors.log.child({ component: 'http', listener: 'otlp-http' })
  const meter = routeMeter(doors.registry, 'otlp-http')
  const routes = [
    exportRoute({
      path: '/v1/logs',
      permission: 'logs:write',
      rejectedName: 'rejectedLogRecords',
      receive: doors.logs,
    }),
    exportRoute({
      path: '/v1/traces',
      permission: 'traces:write',
      rejectedName: 'rejectedSpans',
      receive: doors.spans,
    }),
    exportRoute({
      path: '/v1/metrics',
      permission: 'metrics:write',
      rejectedName: 'rejectedDataPoints',
      receive: doors.metrics,
    }),
  ]
  return createListener({ ...options, address, log, meter }, warnOfTenants(routes, log))
}
