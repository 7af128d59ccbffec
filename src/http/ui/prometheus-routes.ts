import type { Log } from '../../self/log.ts'
import type { Route } from '../exchange.ts'
import type { PrometheusDoors } from '../prometheus/doors.ts'
import { exemplarRoutes } from '../prometheus/exemplars.ts'
import { expressionRoutes } from '../prometheus/expressions.ts'
import { metadataRoutes } from '../prometheus/metadata.ts'
import { queryRoutes } from '../prometheus/query.ts'
import { apiRoute } from '../prometheus/respond.ts'
import { ruleRoutes } from '../prometheus/rules.ts'
import { statusRoutes } from '../prometheus/status.ts'
import { targetRoutes } from '../prometheus/targets.ts'

/**
 * What the Prometheus listener answers to readers, under `/api/prometheus/api/v1/…` of the web UI's own origin: pages need no
 * second origin, and nothing that writes is among it.
 */
export function uiPrometheusRoutes(doors: PrometheusDoors, log: Log): Route[] {
  const routes = [
    ...queryRoutes(doors),
    ...exemplarRoutes(doors),
    ...expressionRoutes(),
    ...metadataRoutes(doors),
    ...targetRoutes(doors),
    ...ruleRoutes(doors),
    ...statusRoutes(doors),
  ]
  return routes.map((route) => apiRoute(log, route, '/api/prometheus/api/v1'))
}
