import { readInteger, readString } from '../otlp/json-values.ts'
import type { ForeignSpans } from '../otlp/foreign-span.ts'
import { SpanColumns } from '../otlp/span-columns.ts'
import { JsonBytes } from '../loki-push/json-bytes.ts'
import { addZipkinSpan, ZipkinEndpoint, ZipkinSpan } from './translate.ts'

const KINDS: ReadonlyMap<string, number> = new Map([
  ['SERVER', 2],
  ['CLIENT', 3],
  ['PRODUCER', 4],
  ['CONSUMER', 5],
])

/**
 * Decodes a list of spans of Zipkin's API v2 (zipkin-api, zipkin2-api.yaml). `nowNs` is for spans without a time. Throws a `Problem` of code
 * `bad_data`.
 */
export function decodeZipkinJson(bytes: Uint8Array, nowNs: bigint): ForeignSpans {
  const columns = new SpanColumns()
  const json = new JsonBytes(bytes)
  json.array('spans', () => addZipkinSpan(columns, readSpan(json), nowNs))
  if (json.peek() >= 0) throw json.fault('nothing may follow the list')
  return { batch: columns.finish(), refused: columns.refused }
}

function readSpan(json: JsonBytes): ZipkinSpan {
  const span = new ZipkinSpan()
  json.object('a span', (key) => {
    switch (key) {
      case 'traceId':
        span.traceId = readHexId(json, key, 32)
        break
      case 'id':
        span.spanId = readHexId(json, key, 16)
        break
      case 'parentId':
        span.parentId = readHexId(json, key, 16)
        break
      case 'kind':
        span.kind = KINDS.get(readString(json, key)) ?? 0
        break
      case 'name':
        span.name = readString(json, key)
        break
      case 'timestamp':
        span.timestampUs = readInteger(json, key)
        break
      case 'duration':
        span.durationUs = readInteger(json, key)
        break
      case 'shared':
        span.isShared = readFlag(json)
        break
      case 'localEndpoint':
        span.local = readEndpoint(json)
        break
      case 'remoteEndpoint':
        span.remote = readEndpoint(json)
        break
      case 'annotations':
        if (!json.takeNull()) json.array(key, () => readAnnotation(json, span))
        break
      case 'tags':
        if (!json.takeNull())
          json.object(key, (tag) => span.tags.push([tag, readString(json, 'a tag')]))
        break
      default:
        json.skip()
    }
  })
  return span
}

function readEndpoint(json: JsonBytes): ZipkinEndpoint {
  const endpoint = new ZipkinEndpoint()
  if (json.takeNull()) return endpoint
  json.object('an endpoint', (key) => {
    if (key === 'serviceName') endpoint.service = readString(json, key)
    else if (key === 'ipv4') endpoint.address = readString(json, key)
    else if (key === 'ipv6') {
      const address = readString(json, key)
      if (endpoint.address === '') endpoint.address = address
    } else if (key === 'port') endpoint.port = Number(readInteger(json, key))
    else json.skip()
  })
  return endpoint
}

function readAnnotation(json: JsonBytes, span: ZipkinSpan): void {
  let timestampUs = 0n
  let value = ''
  json.object('an annotation', (key) => {
    if (key === 'timestamp') timestampUs = readInteger(json, key)
    else if (key === 'value') value = readString(json, key)
    else json.skip()
  })
  span.annotations.push({ timestampUs, value })
}

function readFlag(json: JsonBytes): boolean {
  const isTrue = json.peek() === 0x74
  json.skip()
  return isTrue
}

/** Zipkin's ids may be shorter: leading zeros are left out. */
function readHexId(json: JsonBytes, what: string, digits: number): Uint8Array {
  const text = readString(json, what)
  if (text === '') return new Uint8Array()
  if (text.length > digits || !/^[0-9a-fA-F]+$/.test(text))
    throw json.fault(`${what} has up to ${digits} hexadecimal digits`)
  const full = text.padStart(digits, '0')
  return Uint8Array.from({ length: digits / 2 }, (_, i) =>
    Number.parseInt(full.slice(i * 2, i * 2 + 2), 16),
  )
}
