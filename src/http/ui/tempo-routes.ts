import type { Route } from '../exchange.ts'
import { tempoRoutes } from '../tempo.ts'
import type { TempoDoors } from '../tempo/doors.ts'

/** In front of the paths of the Tempo API, in the web UI. */
export const TEMPO_PREFIX = '/api/tempo'

/**
 * What the Tempo listener answers to readers, under `/api/tempo/api/…` of the web UI's own origin, whether that listener is on or
 * not.
 */
export function uiTempoRoutes(doors: TempoDoors): Route[] {
  return tempoRoutes(doors)
    .filter(({ path, permission }) => path.startsWith('/api/') && permission === 'traces:read')
    .map(underPrefix)
}

function underPrefix(route: Route): Route {
  return { ...route, path: TEMPO_PREFIX + route.path }
}
