import type { Route } from '../exchange.ts'
import type { ExportReceiver } from '../otlp/export-outcome.ts'
import { exportRoute } from '../otlp/export-route.ts'

/** Loki's own door for OTLP, the endpoint of `otlphttp` exporters that name Loki (`endpoint: http://loki:3100/otlp`). */
export function otlpRoute(receive: ExportReceiver): Route {
  return exportRoute({
    path: '/otlp/v1/logs',
    permission: 'logs:write',
    rejectedName: 'rejectedLogRecords',
    receive,
  })
}
