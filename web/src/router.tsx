import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  useNavigate,
  useSearch,
} from '@tanstack/react-router'
import { useCallback } from 'react'
import { BASE_PATH } from './api/base-path.ts'
import { readOldLink } from './pages/alerts/old-links.ts'
import { ErrorPage } from './pages/error-page.tsx'
import { NotFoundPage } from './pages/not-found-page.tsx'
import {
  keepTime,
  parseSearch,
  stringifySearch,
  textOf,
  toSearch,
  type Search,
} from './shell/keep-time.ts'
import { SessionGate } from './shell/session-context.tsx'
import { Shell } from './shell/shell.tsx'
import { LoadingState } from './shell/states.tsx'
import { TimeProvider, type TimeSearch } from './time/time-context.tsx'

const root = createRootRoute({
  component: Root,
  notFoundComponent: () => (
    <Shell>
      <NotFoundPage />
    </Shell>
  ),
  validateSearch: toSearch,
})

/** The page that everything hangs below: who is here, and which time they look at. */
function Root() {
  const search = useSearch({ from: '__root__' })
  const navigate = useNavigate()
  const onChange = useCallback(
    (change: Partial<TimeSearch>) =>
      void navigate({ to: '.', search: (now: Search) => ({ ...now, ...change }) }),
    [navigate],
  )
  const time: TimeSearch = {
    from: textOf(search, 'from'),
    to: textOf(search, 'to'),
    timezone: textOf(search, 'timezone'),
    refresh: textOf(search, 'refresh'),
  }
  return (
    <SessionGate>
      <TimeProvider search={time} onChange={onChange}>
        <Outlet />
      </TimeProvider>
    </SessionGate>
  )
}

const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell })

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/home/home-page.tsx'), 'HomePage'),
})
const dashboards = createRoute({
  getParentRoute: () => shell,
  path: '/dashboards',
  component: lazyRouteComponent(
    () => import('./pages/dashboards/dashboards-page.tsx'),
    'DashboardsPage',
  ),
})
/** Grafana's addresses: the name after the uid is for people only. */
const folderPages = (['/dashboards/f/$uid', '/dashboards/f/$uid/$slug'] as const).map((path) =>
  createRoute({
    getParentRoute: () => shell,
    path,
    component: lazyRouteComponent(
      () => import('./pages/dashboards/dashboards-page.tsx'),
      'FolderPage',
    ),
  }),
)
const dashboardPages = (['/d/$uid', '/d/$uid/$slug'] as const).map((path) =>
  createRoute({
    getParentRoute: () => shell,
    path,
    component: lazyRouteComponent(() => import('./dashboard/dashboard-page.tsx'), 'DashboardPage'),
  }),
)
const explore = createRoute({
  getParentRoute: () => shell,
  path: '/explore',
  component: lazyRouteComponent(() => import('./explore/explore-page.tsx'), 'ExplorePage'),
})
/** Links of Alertmanager's own pages carry what they mean behind `#`. */
const alerts = createRoute({
  getParentRoute: () => shell,
  path: '/alerts',
  beforeLoad: ({ location, search }) => {
    const meant = readOldLink(location.hash)
    if (meant === undefined) return
    redirect({
      to: meant.to,
      search: { ...keepTime(search), ...meant.search },
      replace: true,
      throw: true,
    })
  },
})
const alertPages = [
  createRoute({
    getParentRoute: () => alerts,
    path: '/',
    component: lazyRouteComponent(() => import('./pages/alerts/alerts-page.tsx'), 'AlertsPage'),
  }),
  createRoute({
    getParentRoute: () => alerts,
    path: 'rules',
    component: lazyRouteComponent(() => import('./pages/alerts/rules-page.tsx'), 'RulesPage'),
  }),
  createRoute({
    getParentRoute: () => alerts,
    path: 'silences',
    component: lazyRouteComponent(() => import('./pages/alerts/silences-page.tsx'), 'SilencesPage'),
  }),
  createRoute({
    getParentRoute: () => alerts,
    path: 'groups',
    component: lazyRouteComponent(() => import('./pages/alerts/groups-page.tsx'), 'GroupsPage'),
  }),
  createRoute({
    getParentRoute: () => alerts,
    path: 'receivers',
    component: lazyRouteComponent(
      () => import('./pages/alerts/receivers-page.tsx'),
      'ReceiversPage',
    ),
  }),
  createRoute({
    getParentRoute: () => alerts,
    path: 'routes',
    component: lazyRouteComponent(() => import('./pages/alerts/routes-page.tsx'), 'RoutesPage'),
  }),
]
/** Runbooks of packs, which `runbook_url` of their alerts names. */
const runbooks = createRoute({
  getParentRoute: () => shell,
  path: '/runbooks/$name',
  component: lazyRouteComponent(() => import('./markdown/runbook-page.tsx'), 'RunbookPage'),
})
const logs = createRoute({
  getParentRoute: () => shell,
  path: '/logs',
  component: lazyRouteComponent(() => import('./logs/logs-page.tsx'), 'LogsPage'),
})
const traces = createRoute({
  getParentRoute: () => shell,
  path: '/traces',
  component: lazyRouteComponent(() => import('./traces/traces-page.tsx'), 'TracesPage'),
})
const trace = createRoute({
  getParentRoute: () => shell,
  path: '/traces/$id',
  component: lazyRouteComponent(() => import('./traces/trace-page.tsx'), 'TracePage'),
})
const compareTraces = createRoute({
  getParentRoute: () => shell,
  path: '/traces/compare',
  component: lazyRouteComponent(() => import('./traces/compare-page.tsx'), 'ComparePage'),
})
const services = createRoute({
  getParentRoute: () => shell,
  path: '/services',
  component: lazyRouteComponent(() => import('./services/services-page.tsx'), 'ServicesPage'),
})
const help = createRoute({
  getParentRoute: () => shell,
  path: '/help',
  component: lazyRouteComponent(() => import('./pages/help-page.tsx'), 'HelpPage'),
})
const status = createRoute({
  getParentRoute: () => shell,
  path: '/status',
  beforeLoad: ({ location, search }) => {
    if (location.pathname !== '/status') return
    redirect({ to: '/status/targets', search, replace: true, throw: true })
  },
})
const statusPages = [
  createRoute({
    getParentRoute: () => status,
    path: 'targets',
    component: lazyRouteComponent(() => import('./pages/status/targets-page.tsx'), 'TargetsPage'),
  }),
  createRoute({
    getParentRoute: () => status,
    path: 'cardinality',
    component: lazyRouteComponent(
      () => import('./pages/status/cardinality-page.tsx'),
      'CardinalityPage',
    ),
  }),
  createRoute({
    getParentRoute: () => status,
    path: 'storage',
    component: lazyRouteComponent(() => import('./pages/status/storage-page.tsx'), 'StoragePage'),
  }),
  createRoute({
    getParentRoute: () => status,
    path: 'configuration',
    component: lazyRouteComponent(
      () => import('./pages/status/configuration-page.tsx'),
      'ConfigurationPage',
    ),
  }),
  createRoute({
    getParentRoute: () => status,
    path: 'queries',
    component: lazyRouteComponent(() => import('./pages/status/queries-page.tsx'), 'QueriesPage'),
  }),
  createRoute({
    getParentRoute: () => status,
    path: 'health',
    component: lazyRouteComponent(() => import('./pages/status/health-page.tsx'), 'HealthPage'),
  }),
  createRoute({
    getParentRoute: () => status,
    path: 'users',
    component: lazyRouteComponent(() => import('./pages/status/users-page.tsx'), 'UsersPage'),
  }),
  createRoute({
    getParentRoute: () => status,
    path: 'audit',
    component: lazyRouteComponent(() => import('./pages/status/audit-page.tsx'), 'AuditPage'),
  }),
]

/** Every address of the web UI. Pages are chunks of their own, read when somebody goes there. */
export const router = createRouter({
  routeTree: root.addChildren([
    shell.addChildren([
      home,
      dashboards,
      ...folderPages,
      ...dashboardPages,
      explore,
      alerts.addChildren(alertPages),
      runbooks,
      logs,
      traces,
      trace,
      compareTraces,
      services,
      help,
      status.addChildren(statusPages),
    ]),
  ]),
  ...(BASE_PATH === '' ? {} : { basepath: BASE_PATH }),
  defaultPendingComponent: LoadingState,
  defaultErrorComponent: ErrorPage,
  defaultPreload: 'intent',
  scrollRestoration: true,
  parseSearch,
  stringifySearch,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
