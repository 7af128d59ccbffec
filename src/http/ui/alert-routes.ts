import { alertReadRoutes } from '../alertmanager/alerts.ts'
import type { AlertmanagerDoors } from '../alertmanager/doors.ts'
import { statusRoutes } from '../alertmanager/general.ts'
import { ownRoutes } from '../alertmanager/own.ts'
import { silenceRoutes } from '../alertmanager/silences.ts'
import type { Route } from '../exchange.ts'

/**
 * What the alert pages of the web UI need, on its own origin: API v2 under `/api/alertmanager/api/v2/…`, and what is ours under the
 * same `/api/vedette/…` as on the Alertmanager listener. `read` and `write` mean dashboards on this listener; here they mean alerts.
 * Posting alerts is not among it: pages have none to post.
 */
export function uiAlertRoutes(doors: AlertmanagerDoors): Route[] {
  const original = [...statusRoutes(doors), ...alertReadRoutes(doors), ...silenceRoutes(doors)]
  return [
    ...original.map((route) => ({ ...route, path: `/api/alertmanager${route.path}` })),
    ...ownRoutes(doors),
  ].map(aboutAlerts)
}

function aboutAlerts(route: Route): Route {
  switch (route.permission) {
    case 'read':
      return { ...route, permission: 'alerts:read' }
    case 'write':
      return { ...route, permission: 'alerts:write' }
    default:
      return route
  }
}
