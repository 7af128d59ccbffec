import type { Route } from '../exchange.ts'
import { lokiRoutes } from '../loki.ts'
import type { LokiDoors } from '../loki/doors.ts'
import { tailSockets } from '../loki/tail.ts'
import type { SocketRoute } from '../web-sockets.ts'

const API = '/loki/api/v1/'

/**
 * What the Loki listener answers to readers, under `/api/loki/api/v1/…` of the web UI's own origin, whether that listener is on or
 * not. Nothing that writes is among it.
 */
export function uiLokiRoutes(doors: LokiDoors): Route[] {
  return lokiRoutes(doors)
    .filter(({ path, permission }) => path.startsWith(API) && permission === 'logs:read')
    .map(underApi)
}

function underApi(route: Route): Route {
  return { ...route, path: `/api${route.path}` }
}

/**
 * The live tail, at `/api/loki/api/v1/tail`. A page cannot send the header by which Grafana asks where each label comes from, so
 * here everybody is told.
 */
export function uiLokiSockets(doors: LokiDoors): SocketRoute[] {
  const asking = { 'x-loki-response-encoding-flags': 'categorize-labels' }
  return tailSockets(doors)
    .filter(({ path }) => path.startsWith(API))
    .map(({ path, permission, open }) => ({
      path: `/api${path}`,
      permission,
      open: (request) => open({ ...request, headers: { ...request.headers, ...asking } }),
    }))
}
