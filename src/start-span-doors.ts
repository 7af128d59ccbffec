import type { CollectCore } from './core.ts'
import { createJaegerGrpcListener } from './http/jaeger/grpc.ts'
import { createJaegerHttpListener } from './http/jaeger/http.ts'
import { createJaegerUdpListener } from './http/jaeger/udp.ts'
import type { ListenerName } from './http/listen-section.ts'
import type { OpenDoor } from './http/listener.ts'
import { createZipkinListener } from './http/zipkin.ts'
import type { SpanSink } from './model/spans.ts'

/** The doors for spans of other systems than OpenTelemetry, each undefined when it is off. */
export function createSpanDoors(
  core: CollectCore,
  sink: SpanSink,
): readonly (readonly [ListenerName, OpenDoor | undefined])[] {
  const { registry, log } = core
  const { listen } = core.config()
  const doors = { sink, registry, log, nowMs: Date.now }
  const access = core.access()
  const create = <T>(name: ListenerName, make: (address: T) => OpenDoor, address: T | undefined) =>
    [name, address === undefined ? undefined : make(address)] as const
  return [
    create('zipkin', (address) => createZipkinListener(doors, { address, access }), listen.zipkin),
    create(
      'jaeger-http',
      (address) => createJaegerHttpListener(doors, { address, access }),
      listen['jaeger-http'],
    ),
    create(
      'jaeger-grpc',
      (address) => createJaegerGrpcListener(doors, { address, access }),
      listen['jaeger-grpc'],
    ),
    create(
      'jaeger-udp',
      (address) => createJaegerUdpListener(doors, { address, access }),
      listen['jaeger-udp'],
    ),
  ]
}
