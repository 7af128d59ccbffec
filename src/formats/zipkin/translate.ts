import type { SpanColumns } from '../otlp/span-columns.ts'
import { addForeignSpan, type ForeignEvent, type Tag } from '../otlp/foreign-span.ts'

/** A span of Zipkin's API v2, of either encoding. */
export class ZipkinSpan {
  traceId: Uint8Array = new Uint8Array()
  spanId: Uint8Array = new Uint8Array()
  parentId: Uint8Array = new Uint8Array()
  name = ''
  /** OpenTelemetry's number; 0 where there is none. */
  kind = 0
  /** Unix microseconds; 0 where there is none. */
  timestampUs = 0n
  durationUs = 0n
  isShared = false
  local: ZipkinEndpoint = new ZipkinEndpoint()
  remote: ZipkinEndpoint = new ZipkinEndpoint()
  readonly tags: (readonly [string, string])[] = []
  readonly annotations: ZipkinAnnotation[] = []
}

export class ZipkinEndpoint {
  service = ''
  address = ''
  port = 0
}

export interface ZipkinAnnotation {
  readonly timestampUs: bigint
  readonly value: string
}

/** Zipkin has no resources: exporters write their attributes as tags. */
const OF_RESOURCES =
  /^(?:service\.(?:namespace|version|instance\.id)|telemetry\.(?:sdk|distro|auto)\..+|deployment\.environment(?:\.name)?|(?:host|k8s|cloud|container|os|process)\..+)$/

/** An event as OpenTelemetry's specification writes it into an annotation: `"name": {attributes}`. */
const WITH_ATTRIBUTES = /^"([^"]*)": ?(\{.*\})$/s

/** Adds a span by the rules of OpenTelemetry's specification for Zipkin and of the collector's translator. `nowNs` is when it came. */
export function addZipkinSpan(columns: SpanColumns, span: ZipkinSpan, nowNs: bigint): void {
  const resource: Tag[] = []
  const tags: Tag[] = []
  for (const [key, value] of span.tags) {
    if (OF_RESOURCES.test(key)) resource.push([key, value])
    else if (key !== 'service.name') tags.push([key, value])
  }
  addEndpoint(tags, 'network.local', span.local)
  addEndpoint(tags, 'network.peer', span.remote)
  if (span.remote.service !== '') tags.push(['peer.service', span.remote.service])
  const named = span.tags.find(([key]) => key === 'service.name')?.[1] ?? ''
  // Without a time of its own a span began with its first annotation, or now.
  const firstUs = span.timestampUs > 0n ? span.timestampUs : span.annotations[0]?.timestampUs
  addForeignSpan(columns, {
    ...idsOf(span),
    traceId: span.traceId,
    name: span.name,
    startNs: firstUs === undefined || firstUs <= 0n ? nowNs : firstUs * 1000n,
    durationNs: span.durationUs * 1000n,
    kind: span.kind,
    service: span.local.service === '' ? named : span.local.service,
    resource,
    tags,
    events: span.annotations.map(toEvent),
    links: [],
  })
}

/**
 * Both sides of a call may share the id of a span in Zipkin. An id is of one span here: the side that shares it gets one of its own (the
 * same with its first bit turned), below the other one.
 */
function idsOf({ spanId, parentId, isShared }: ZipkinSpan): {
  readonly spanId: Uint8Array
  readonly parentId: Uint8Array
} {
  if (!isShared) return { spanId, parentId }
  const own = Uint8Array.from(spanId)
  own[0] = (own[0] ?? 0) ^ 0x80
  return { spanId: own, parentId: spanId }
}

function addEndpoint(tags: Tag[], name: string, { address, port }: ZipkinEndpoint): void {
  if (address !== '') tags.push([`${name}.address`, address])
  if (port > 0) tags.push([`${name}.port`, BigInt(port)])
}

function toEvent({ timestampUs, value }: ZipkinAnnotation): ForeignEvent {
  const timeNs = timestampUs * 1000n
  const [, name, json] = WITH_ATTRIBUTES.exec(value) ?? []
  const attributes = json === undefined ? undefined : readAttributes(json)
  if (name === undefined || attributes === undefined) return { timeNs, name: value, attributes: [] }
  return { timeNs, name, attributes }
}

function readAttributes(json: string): Tag[] | undefined {
  try {
    const found: unknown = JSON.parse(json)
    if (typeof found !== 'object' || found === null) return undefined
    return Object.entries(found).flatMap(([key, value]): Tag[] => {
      if (typeof value === 'number' && Number.isSafeInteger(value)) return [[key, BigInt(value)]]
      const isPlain =
        typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      return isPlain ? [[key, value]] : [[key, JSON.stringify(value)]]
    })
  } catch {
    return undefined
  }
}
