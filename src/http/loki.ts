import type { Route } from './exchange.ts'
import type { Access, ListenAddress } from './guard.ts'
import { createListener, type HttpLimits, type Listener } from './listener.ts'
import { deleteRoutes } from './loki/delete.ts'
import { detectedRoutes } from './loki/detected.ts'
import type { LokiDoors } from './loki/doors.ts'
import { generalRoutes } from './loki/general.ts'
import { indexRoutes } from './loki/index-figures.ts'
import { labelRoutes } from './loki/labels.ts'
import { otlpRoute } from './loki/otlp.ts'
import { patternRoutes } from './loki/patterns.ts'
import { pushRoutes } from './loki/push.ts'
import { queryRoutes } from './loki/query.ts'
import { limitRoutes } from './loki/published-limits.ts'
import { ruleRoutes } from './loki/rules.ts'
import { lokiMeter } from './loki/self-metrics.ts'
import { tailRoutes, tailSockets } from './loki/tail.ts'
import { warnOfTenants } from './loki/tenants.ts'
import { withSockets } from './web-sockets.ts'

export interface LokiListenerOptions {
  /** Host and port; the name of the listener is `loki`. */
  readonly address: Omit<ListenAddress, 'listener'>
  readonly access: Access
  readonly limits?: Partial<HttpLimits>
}

/** The listener that answers as Loki does: agents push to it, Grafana and `logcli` ask it. */
export function createLokiListener(doors: LokiDoors, options: LokiListenerOptions): Listener {
  const address = { ...options.address, listener: 'loki' }
  const log = doors.log.child({ component: 'http', listener: 'loki' })
  const meter = lokiMeter(doors.registry)
  const shared = { ...options, address, log, meter }
  const own = { ...doors, log }
  return withSockets(createListener(shared, lokiRoutes(own)), shared, tailSockets(own))
}

/** Every route of the Loki API. */
export function lokiRoutes(doors: LokiDoors): readonly Route[] {
  const ofLogs = [
    ...pushRoutes(doors),
    otlpRoute(doors.otlpLogs),
    ...queryRoutes(doors),
    ...labelRoutes(doors),
    ...indexRoutes(doors),
    ...tailRoutes(doors),
    ...detectedRoutes(doors),
    ...patternRoutes(doors),
    ...deleteRoutes(doors),
    ...ruleRoutes(doors),
    ...limitRoutes(doors),
  ]
  return [...warnOfTenants(ofLogs, doors.log), ...generalRoutes(doors)]
}
