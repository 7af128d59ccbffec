import type { Route } from './exchange.ts'
import { createGrpcSpeaker } from './grpc-listener.ts'
import type { Access, ListenAddress } from './guard.ts'
import { createListener, type HttpLimits, type Listener } from './listener.ts'
import { routeMeter } from './route-meter.ts'
import { SHARED_PROTOCOLS, shareTlsWithHttp2, shareWithHttp2 } from './share-port.ts'
import type { TempoDoors } from './tempo/doors.ts'
import { generalRoutes } from './tempo/general.ts'
import { metricsRoutes } from './tempo/metrics.ts'
import { searchRoutes } from './tempo/search.ts'
import { streamingMethods } from './tempo/streaming-methods.ts'
import { tagRoutes } from './tempo/tags.ts'
import { traceRoutes } from './tempo/traces.ts'

export interface TempoListenerOptions {
  /** Host and port; the name of the listener is `tempo`. */
  readonly address: Omit<ListenAddress, 'listener'>
  readonly access: Access
  readonly limits?: Partial<HttpLimits>
}

/**
 * The listener that answers as Tempo does: Grafana and `curl` ask it for traces. It speaks gRPC on the same port, where Grafana looks for
 * streams.
 */
export function createTempoListener(doors: TempoDoors, options: TempoListenerOptions): Listener {
  const address = { ...options.address, listener: 'tempo' }
  const log = doors.log.child({ component: 'http', listener: 'tempo' })
  const meter = routeMeter(doors.registry, 'tempo')
  const routes = tempoRoutes({ ...doors, log })
  const listener = createListener(
    { ...options, address, log, meter, alpnProtocols: SHARED_PROTOCOLS },
    routes,
  )
  const { access } = options
  const methods = streamingMethods(routes, { ...doors, log })
  const speaker = createGrpcSpeaker({ address, access, log }, methods)
  const share = address.tls === undefined ? shareWithHttp2 : shareTlsWithHttp2
  const sockets = share(listener.app.server, (socket) => speaker.inject(socket))
  return {
    ...listener,
    guardStreams: (gate) => speaker.guardStreams(gate),
    drain: async (timeoutMs) => {
      speaker.drain()
      await listener.drain(timeoutMs)
    },
    close: async () => {
      speaker.end()
      for (const socket of sockets) socket.destroy()
      await listener.close()
    },
  }
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
