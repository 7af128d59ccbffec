import { decodeZipkinJson } from '../formats/zipkin/decode-json.ts'
import { decodeZipkinProtobuf } from '../formats/zipkin/decode-protobuf.ts'
import type { Access, ListenAddress } from './guard.ts'
import { createListener, type Listener } from './listener.ts'
import { createForeignReceiver, type SpanDoors } from './receive-foreign-spans.ts'
import { routeMeter } from './route-meter.ts'
import { spanRoute } from './span-route.ts'

const PATH = '/api/v2/spans'
const JSON_TYPES: ReadonlySet<string> = new Set(['application/json', 'text/plain', ''])

/** The listener that takes spans as Zipkin's API v2 does (zipkin-api, zipkin2-api.yaml), as JSON or protobuf. */
export function createZipkinListener(
  doors: SpanDoors & { readonly nowMs: () => number },
  options: { readonly address: Omit<ListenAddress, 'listener'>; readonly access: Access },
): Listener {
  const address = { ...options.address, listener: 'zipkin' }
  const log = doors.log.child({ component: 'http', listener: 'zipkin' })
  const nowNs = (): bigint => BigInt(Math.floor(doors.nowMs())) * 1_000_000n
  const json = createForeignReceiver(doors, PATH, (bytes) => decodeZipkinJson(bytes, nowNs()))
  const protobuf = createForeignReceiver(doors, PATH, (bytes) =>
    decodeZipkinProtobuf(bytes, nowNs()),
  )
  // Many senders name no type for JSON, and `fetch` names the one of texts.
  const receiverOf = (mediaType: string) => {
    if (mediaType === 'application/x-protobuf') return protobuf
    return JSON_TYPES.has(mediaType) ? json : undefined
  }
  const meter = routeMeter(doors.registry, 'zipkin')
  const allowed = 'application/json and application/x-protobuf of the API v2 are'
  return createListener({ ...options, address, log, meter }, [
    spanRoute(PATH, receiverOf, allowed),
    {
      methods: ['POST'],
      path: '/api/v1/spans',
      permission: 'traces:write',
      handle: () => ({
        status: 404,
        contentType: 'text/plain; charset=utf-8',
        body: `the API v1 is not received here: send to ${PATH}\n`,
      }),
    },
    {
      methods: ['GET'],
      path: '/health',
      permission: 'open',
      handle: () => ({ contentType: 'application/json', body: '{"status":"UP"}' }),
    },
  ])
}
