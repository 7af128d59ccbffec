import type { Access, ListenAddress } from './guard.ts'
import { createListener, type HttpLimits, type Listener } from './listener.ts'
import { exportRoute } from './otlp/export-route.ts'
import { adminRoutes } from './prometheus/admin.ts'
import type { PrometheusDoors } from './prometheus/doors.ts'
import { exemplarRoutes } from './prometheus/exemplars.ts'
import { expressionRoutes } from './prometheus/expressions.ts'
import { lifecycleRoutes } from './prometheus/lifecycle.ts'
import { metadataRoutes } from './prometheus/metadata.ts'
import { pageRoutes } from './prometheus/pages.ts'
import { queryRoutes } from './prometheus/query.ts'
import { apiRoute } from './prometheus/respond.ts'
import { ruleRoutes } from './prometheus/rules.ts'
import { prometheusMeter, registerServerInfo, selfRoutes } from './prometheus/self-metrics.ts'
import { statusRoutes } from './prometheus/status.ts'
import { targetRoutes } from './prometheus/targets.ts'
import { searchRoutes, unsupportedRoutes } from './prometheus/unsupported.ts'
import { writeRoute } from './prometheus/write.ts'
import type { Route } from './exchange.ts'

export interface PrometheusListenerOptions {
  /** Host and port; the name of the listener is `prometheus`. */
  readonly address: Omit<ListenAddress, 'listener'>
  readonly access: Access
  readonly limits?: Partial<HttpLimits>
}

/** The listener that answers as Prometheus does, and `others`. What it answers, and where it differs, is in docs/http-api.md. */
export function createPrometheusListener(
  doors: PrometheusDoors,
  options: PrometheusListenerOptions,
  others: readonly Route[] = [],
): Listener {
  const log = doors.log.child({ component: 'http', listener: 'prometheus' })
  registerServerInfo(doors)
  const address = { ...options.address, listener: 'prometheus' }
  const meter = prometheusMeter(doors.registry)
  return createListener({ ...options, address, log, meter }, [
    ...apiRoutes(doors).map((route) => apiRoute(log, route)),
    writeRoute(doors),
    exportRoute({
      path: '/api/v1/otlp/v1/metrics',
      permission: 'metrics:write',
      rejectedName: 'rejectedDataPoints',
      receive: doors.receiveMetrics,
    }),
    ...others,
    ...unsupportedRoutes(),
    // Preflights: answered, but without the headers that would let pages of other origins in.
    {
      methods: ['OPTIONS'],
      path: '/api/v1/*',
      permission: 'open',
      handle: () => ({ status: 204 }),
    },
    ...lifecycleRoutes(doors),
    ...selfRoutes(doors),
    ...pageRoutes(doors),
  ] satisfies Route[])
}

function apiRoutes(doors: PrometheusDoors) {
  return [
    ...queryRoutes(doors),
    ...exemplarRoutes(doors),
    ...expressionRoutes(),
    ...metadataRoutes(doors),
    ...targetRoutes(doors),
    ...ruleRoutes(doors),
    ...statusRoutes(doors),
    ...searchRoutes(),
    ...adminRoutes(doors),
  ]
}
