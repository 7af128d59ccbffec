import type { Log } from '../../self/log.ts'
import type { Route } from '../exchange.ts'
import { dashboardLinkRoutes } from './dashboard-links.ts'
import { dashboardRoutes } from './dashboard-routes.ts'
import { grafanaAccountRoutes, type AccountDoors } from './grafana-accounts.ts'
import { grafanaAnnotationRoutes, type AnnotationDoors } from './grafana-annotations.ts'
import { grafanaDashboardRoutes, type DashboardDoors } from './grafana-dashboards.ts'
import { grafanaDatasourceRoutes, type DatasourceDoors } from './grafana-datasources.ts'
import { grafanaFolderRoutes } from './grafana-folders.ts'
import { grafanaOrgRoutes, type OrgDoors } from './grafana-org.ts'
import { grafanaRoutes } from './grafana-route.ts'
import { grafanaSearchRoutes } from './grafana-search.ts'

export interface GrafanaDoors extends AnnotationDoors, DashboardDoors, OrgDoors, DatasourceDoors {
  /** Undefined where nobody checks credentials. */
  readonly accounts: AccountDoors | undefined
  readonly datasources: DatasourceDoors['datasources']
}

/** Grafana's HTTP API as its clients use it, and our own of dashboards (docs/dashboards.md). */
export function grafanaApi(doors: GrafanaDoors, log: Log): Route[] {
  const route = grafanaRoutes(log)
  return [
    ...dashboardRoutes(doors, route),
    ...grafanaDashboardRoutes(doors, route),
    ...grafanaSearchRoutes(doors.library, route),
    ...grafanaFolderRoutes(doors.library, route),
    ...grafanaAnnotationRoutes(doors, route),
    ...grafanaDatasourceRoutes(doors, route),
    ...grafanaOrgRoutes(doors, route),
    ...(doors.accounts === undefined ? [] : grafanaAccountRoutes(doors.accounts, route)),
    ...dashboardLinkRoutes(doors.library),
  ]
}
