import type { Route } from './exchange.ts'
import type { Access, ListenAddress } from './guard.ts'
import { createListener, type HttpLimits, type Listener } from './listener.ts'
import { routeMeter } from './route-meter.ts'
import type { TempoDoors } from './tempo/doors.ts'
import { generalRoutes } from './tempo/general.ts'
import { metricsRoutes } from './tempo/metrics.ts'
import { searchRoutes } from './tempo/search.ts'
import { tagRoutes } from './tempo/tags.ts'
import { traceRoutes } from './tempo/traces.ts'

export interface TempoListenerOptions {
  /** Host and port; the name of the listener is `tempo`. */
  readonly address: Omit<ListenAddress, 'listener'>
  readonly access: Access
  readonly limits?: Partial<HttpLimits>
}

/** The listener that answers as Tempo does: Grafana and `curl` ask it for traces. */
export function createTempoListener(doors: TempoDoors, options: TempoListenerOptions): Listener {
  const address = { ...options.address, listener: 'tempo' }
  const log = doors.log.child({ component: 'http', listener: 'tempo' })
  const meter = routeMeter(doors.registry, 'tempo')
  return createListener({ ...options, address, log, meter }, tempoRoutes({ ...doors, log }))
}

/** Every route of the Tempo API. */
export function tempoRoutes(doors: TempoDoors): readonly Route[] {
  return [
    ...traceRoutes(doors),
    ...searchRoutes(doors),
    ...tagRoutes(doors),
    ...metricsRoutes(doors),
    ...generalRoutes(doors),
  ]
}
