import type { LokiPushDecoder } from '../formats/loki-push/push-decoder.ts'
import type { LineIngest } from '../ingest/lines.ts'
import type { Log } from '../self/log.ts'
import type { Registry } from '../self/metrics.ts'
import type { Route } from './exchange.ts'
import { pushRoutes } from './loki/push.ts'
import type { ExportReceiver } from './otlp/export-outcome.ts'
import { exportRoute } from './otlp/export-route.ts'

/** What takes the logs and traces that agents forward. */
export interface AgentDoors {
  readonly ingest: LineIngest
  readonly decoder: LokiPushDecoder
  readonly logs: ExportReceiver
  readonly spans: ExportReceiver
  readonly registry: Registry
  readonly log: Log
}

const LOKI_PUSH = '/loki/api/v1/push'

/**
 * Doors of logs and traces on the listener of the Prometheus API, beside those of metrics: an agent needs one address, one port in the
 * firewall and one certificate. Each needs the scope of its signal, as on the listener that it is borrowed from.
 */
export function agentRoutes(doors: AgentDoors): readonly Route[] {
  const { logs, spans } = doors
  return [
    ...pushRoutes(doors).filter(({ path }) => path === LOKI_PUSH),
    exportRoute({
      path: '/api/v1/otlp/v1/logs',
      permission: 'logs:write',
      rejectedName: 'rejectedLogRecords',
      receive: logs,
    }),
    exportRoute({
      path: '/api/v1/otlp/v1/traces',
      permission: 'traces:write',
      rejectedName: 'rejectedSpans',
      receive: spans,
    }),
  ]
}
