import { VERSION } from '../self/version.ts'
import type { Registry } from '../self/metrics.ts'
import type { Log } from '../self/log.ts'
import type { Route } from './exchange.ts'
import type { Access, ListenAddress } from './guard.ts'
import { createListener, type HttpLimits, type Listener } from './listener.ts'
import type { LokiDoors } from './loki/doors.ts'
import type { PrometheusDoors } from './prometheus/doors.ts'
import { routeMeter } from './route-meter.ts'
import { uiLokiRoutes, uiLokiSockets } from './ui/loki-routes.ts'
import { uiPrometheusRoutes } from './ui/prometheus-routes.ts'
import { queryBatchRoute } from './ui/query-batch-routes.ts'
import { openStaticFiles } from './ui/static-files.ts'
import { staticRoutes } from './ui/static-routes.ts'
import { withSockets } from './web-sockets.ts'

export interface UiDoors {
  /** The folder with the built web UI; one that does not exist is answered by a page that says so. */
  readonly webFolder: string
  /** What the Prometheus listener answers from. */
  readonly prometheus: PrometheusDoors
  /** What the Loki listener answers from. Absent: there are no logs here. */
  readonly loki?: LokiDoors
  /** Routes of other parts below `/api/`: access, dashboards, status. */
  readonly routes: readonly Route[]
  readonly registry: Registry
  readonly log: Log
}

/** The listener of the web UI: its files, its pages and its own API (docs/http-api.md). */
export function createUiListener(
  doors: UiDoors,
  options: {
    /** Host and port; the name of the listener is `ui`. */
    readonly address: Omit<ListenAddress, 'listener'>
    readonly access: Access
    readonly limits?: Partial<HttpLimits>
    /** Below which path browsers see it (`/monitoring`); default: none. */
    readonly basePath?: string
  },
): Listener {
  const log = doors.log.child({ component: 'http', listener: 'ui' })
  const address = { ...options.address, listener: 'ui' }
  const meter = routeMeter(doors.registry, 'ui')
  const shared = { ...options, address, log, meter }
  const loki = doors.loki === undefined ? undefined : { ...doors.loki, log }
  const listener = createListener(shared, [
    healthRoute(),
    ...uiPrometheusRoutes(doors.prometheus, log),
    queryBatchRoute(doors.prometheus, log),
    ...(loki === undefined ? [] : uiLokiRoutes(loki)),
    ...doors.routes,
    ...staticRoutes(openStaticFiles(doors.webFolder, options.basePath)),
  ])
  listener.app.addHook('onSend', (_request, reply, _payload, done) => {
    reply.header('x-content-type-options', 'nosniff')
    reply.header('referrer-policy', 'same-origin')
    reply.header('cross-origin-opener-policy', 'same-origin')
    done()
  })
  return loki === undefined ? listener : withSockets(listener, shared, uiLokiSockets(loki))
}

/** As Grafana's: load balancers and installers ask for it. */
function healthRoute(): Route {
  const body = JSON.stringify({ database: 'ok', version: VERSION }, null, 2)
  const handle = () => ({ contentType: 'application/json; charset=UTF-8', body })
  return { methods: ['GET'], path: '/api/health', permission: 'open', handle }
}
