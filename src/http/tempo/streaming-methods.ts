import grpc from '@grpc/grpc-js'
import { readText } from '../../formats/otlp/protobuf-values.ts'
import { ProtoReader, WIRE_BYTES, WIRE_VARINT } from '../../formats/proto-reader.ts'
import { messageOf } from '../../model/problem.ts'
import { NOBODY } from '../../access/principal.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { GrpcMethod } from '../grpc-listener.ts'
import { toProblem } from '../http-fault.ts'
import { Params } from '../params.ts'
import { TEMPO_STATUS } from './respond.ts'
import { streamSearch, type SearchDoors } from './search.ts'
import {
  encodeInstant,
  encodeRange,
  encodeScopes,
  encodeSearch,
  encodeTexts,
  encodeTypedValues,
} from './encode-answers.ts'

/** A field of a request, under the name that the HTTP API has for it; `path` is a part of the path. */
type FieldName = string | { readonly path: string }

interface Method {
  readonly name: string
  /** The route of the HTTP API that answers the same. */
  readonly route: string
  readonly texts: Readonly<Record<number, FieldName>>
  readonly numbers: Readonly<Record<number, string>>
  /** Numbers that the HTTP API reads as nanoseconds. */
  readonly nanos?: Readonly<Record<number, string>>
  readonly encode: (answer: unknown) => Uint8Array
}

const TAGS = { texts: { 1: 'scope', 2: 'q' }, numbers: { 3: 'start', 4: 'end' } } as const
const VALUES = {
  texts: { 1: { path: 'tag' }, 2: 'q' },
  numbers: { 4: 'start', 5: 'end' },
} as const

/** The methods of `tempopb.StreamingQuerier` (grafana/tempo, pkg/tempopb/tempo.proto), with the numbers of the fields of their requests. */
const METHODS: readonly Method[] = [
  {
    ...{ name: 'Search', route: '/api/search', texts: { 8: 'q' }, encode: encodeSearch },
    numbers: { 4: 'limit', 5: 'start', 6: 'end', 9: 'spss' },
  },
  { name: 'SearchTags', route: '/api/search/tags', ...TAGS, encode: encodeTexts('tagNames') },
  { name: 'SearchTagsV2', route: '/api/v2/search/tags', ...TAGS, encode: encodeScopes },
  {
    ...{ name: 'SearchTagValues', route: '/api/search/tag/:tag/values', ...VALUES },
    encode: encodeTexts('tagValues'),
  },
  {
    ...{ name: 'SearchTagValuesV2', route: '/api/v2/search/tag/:tag/values', ...VALUES },
    encode: encodeTypedValues,
  },
  {
    ...{ name: 'MetricsQueryRange', route: '/api/metrics/query_range', texts: { 1: 'q' } },
    numbers: { 2: 'start', 3: 'end' },
    nanos: { 4: 'step' },
    encode: encodeRange,
  },
  {
    ...{ name: 'MetricsQueryInstant', route: '/api/metrics/query', texts: { 1: 'q' } },
    numbers: { 2: 'start', 3: 'end' },
    encode: encodeInstant,
  },
]

/**
 * Tempo's streaming API over gRPC, which Grafana asks on the port of the HTTP API. A search tells what it finds as it finds it; each of the
 * other streams has one message with the whole answer: what the route of the HTTP API answers, whose handlers do the work.
 */
export function streamingMethods(routes: readonly Route[], doors: SearchDoors): GrpcMethod[] {
  return METHODS.flatMap((method): GrpcMethod[] => {
    const route = routes.find(({ path }) => path === method.route)
    if (route === undefined) return []
    return [
      {
        path: `/tempopb.StreamingQuerier/${method.name}`,
        permission: route.permission,
        handle: { kind: 'stream', call: (call) => void answer(method, route, doors, call) },
      },
    ]
  })
}

async function answer(
  method: Method,
  route: Route,
  doors: SearchDoors,
  call: grpc.ServerWritableStream<Buffer, Buffer>,
): Promise<void> {
  const gone = new AbortController()
  call.on('cancelled', () => gone.abort())
  try {
    const request = readRequest(method, call.request, gone.signal)
    if (method.name === 'Search') {
      await streamSearch(doors, request, (part) => call.write(Buffer.from(method.encode(part))))
      call.end()
      return
    }
    const found = await route.handle(request)
    const body = typeof found.body === 'string' ? found.body : ''
    const { status = 200 } = found
    if (status !== 200) {
      fail(call, CODES.get(status) ?? grpc.status.UNKNOWN, body.trim())
      return
    }
    const json: unknown = JSON.parse(body)
    call.write(Buffer.from(method.encode(json)))
    call.end()
  } catch (thrown) {
    const { code, message } = toProblem(thrown)
    if (code === 'internal')
      doors.log.error('Request failed', { method: method.name, error: messageOf(thrown) })
    fail(call, CODES.get(TEMPO_STATUS[code]) ?? grpc.status.INTERNAL, message)
  }
}

/** By status of HTTP. */
const CODES: ReadonlyMap<number, grpc.status> = new Map([
  [400, grpc.status.INVALID_ARGUMENT],
  [403, grpc.status.PERMISSION_DENIED],
  [404, grpc.status.NOT_FOUND],
  [422, grpc.status.RESOURCE_EXHAUSTED],
  [499, grpc.status.CANCELLED],
  [500, grpc.status.INTERNAL],
  [503, grpc.status.UNAVAILABLE],
  [504, grpc.status.DEADLINE_EXCEEDED],
])

function fail(
  call: grpc.ServerWritableStream<Buffer, Buffer>,
  code: grpc.status,
  details: string,
): void {
  call.emit('error', Object.assign(new Error(details), { code, details }))
}

/** A request over gRPC as the one over HTTP that asks the same. Throws a `Problem` of code `bad_data`. */
function readRequest(method: Method, bytes: Uint8Array, signal: AbortSignal): Exchange {
  const reader = new ProtoReader(bytes)
  const end = bytes.length
  const params = new URLSearchParams()
  const path = new Map<string, string>()
  while (reader.position < end) {
    const tag = reader.varint32(end)
    const id = tag >>> 3
    const text = method.texts[id]
    const number = method.numbers[id]
    const nanos = method.nanos?.[id]
    if (text !== undefined && (tag & 7) === WIRE_BYTES) {
      const value = readText(reader, reader.delimited(end))
      if (typeof text === 'string') params.set(text, value)
      else path.set(text.path, value)
    } else if (number !== undefined && (tag & 7) === WIRE_VARINT) {
      params.set(number, String(readUint64(reader, end)))
    } else if (nanos !== undefined && (tag & 7) === WIRE_VARINT) {
      params.set(nanos, `${readUint64(reader, end)}ns`)
    } else reader.skip(tag, end)
  }
  return {
    params: new Params(`?${params.toString()}`),
    signal,
    headers: {},
    body: EMPTY,
    visit: { principal: NOBODY, address: '', isSecure: false },
    audit: () => undefined,
    pathParam: (name) => path.get(name) ?? '',
  }
}

const EMPTY = Buffer.alloc(0)

function readUint64(reader: ProtoReader, end: number): bigint {
  reader.varint64(end)
  return (BigInt(reader.high) << 32n) | BigInt(reader.low)
}
