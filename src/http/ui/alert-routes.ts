import { alertReadRoutes } from '../alertmanager/alerts.ts'
import type { AlertmanagerDoors } from '../alertmanager/doors.ts'
import { statusRoutes } from '../alertmanager/general.ts'
import { ownRoutes } from '../alertmanager/own.ts'
import { silenceRoutes } from '../alertmanager/silences.ts'
import type { Route } from '../exchange.ts'
import type { Permission } from '../guard.ts'

/**
 * What the alert pages of the web UI need, on its own origin: API v2 under `/api/alertmanager/api/v2/…`, and what is ours under the
 * same `/api/vedette/…` as on the Alertmanager listener. `read` and `write` mean dashboards on this listener; here they mean alerts.
 * Posting alerts is not among it: pages have none to post.
 */
export function uiAlertRoutes(doors: AlertmanagerDoors): Route[] {
  const original = [...statusRoutes(doors), ...alertReadRoutes(doors), ...silenceRoutes(doors)]
  return [
    ...original.map((route) => aboutAlerts(route, '/api/alertmanager')),
    ...ownRoutes(doors).map((route) => aboutAlerts(route, '')),
  ]
}

function aboutAlerts(route: Route, prefix: string): Route {
  return { ...route, path: prefix + route.path, permission: scopeOf(route.permission) }
}

function scopeOf(permission: Permission): Permission {
  return permission === 'read' || permission === 'write' ? `alerts:${permission}` : permission
}
