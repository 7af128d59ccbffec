import { decodeJaegerBinary } from '../../formats/jaeger/decode-thrift.ts'
import type { Access, ListenAddress } from '../guard.ts'
import { createListener, type Listener } from '../listener.ts'
import { createForeignReceiver, type SpanDoors } from '../receive-foreign-spans.ts'
import { routeMeter } from '../route-meter.ts'
import { spanRoute } from '../span-route.ts'

const PATH = '/api/traces'
const THRIFT: ReadonlySet<string> = new Set([
  'application/x-thrift',
  'application/vnd.apache.thrift.binary',
])

/** The listener that takes batches of jaeger.thrift over HTTP, as Jaeger's collector does on 14268. */
export function createJaegerHttpListener(
  doors: SpanDoors,
  options: { readonly address: Omit<ListenAddress, 'listener'>; readonly access: Access },
): Listener {
  const address = { ...options.address, listener: 'jaeger-http' }
  const log = doors.log.child({ component: 'http', listener: 'jaeger-http' })
  const receive = createForeignReceiver(doors, PATH, decodeJaegerBinary)
  const meter = routeMeter(doors.registry, 'jaeger-http')
  const receiverOf = (mediaType: string) => (THRIFT.has(mediaType) ? receive : undefined)
  return createListener({ ...options, address, log, meter }, [
    spanRoute(PATH, receiverOf, `${[...THRIFT].join(' and ')} are`),
  ])
}
