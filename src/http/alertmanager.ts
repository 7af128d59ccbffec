import { alertRoutes } from './alertmanager/alerts.ts'
import type { AlertmanagerDoors } from './alertmanager/doors.ts'
import { generalRoutes } from './alertmanager/general.ts'
import { ownRoutes } from './alertmanager/own.ts'
import { silenceRoutes } from './alertmanager/silences.ts'
import type { Route } from './exchange.ts'
import type { Access, ListenAddress } from './guard.ts'
import { createListener, type HttpLimits, type Listener } from './listener.ts'
import { routeMeter } from './route-meter.ts'

export interface AlertmanagerListenerOptions {
  /** Host and port; the name of the listener is `alertmanager`. */
  readonly address: Omit<ListenAddress, 'listener'>
  readonly access: Access
  readonly limits?: Partial<HttpLimits>
}

/** The listener that answers as Alertmanager does: API v2 for `amtool`, Prometheus and the dashboards of others. */
export function createAlertmanagerListener(
  doors: AlertmanagerDoors,
  options: AlertmanagerListenerOptions,
): Listener {
  const address = { ...options.address, listener: 'alertmanager' }
  const log = doors.log.child({ component: 'http', listener: 'alertmanager' })
  const meter = routeMeter(doors.registry, 'alertmanager')
  return createListener({ ...options, address, log, meter }, alertmanagerRoutes(doors))
}

function alertmanagerRoutes(doors: AlertmanagerDoors): readonly Route[] {
  return [
    ...generalRoutes(doors),
    ...alertRoutes(doors),
    ...silenceRoutes(doors),
    ...ownRoutes(doors),
  ]
}
