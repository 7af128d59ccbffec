import { addForeignSpan, type ForeignLink, type Tag } from '../otlp/foreign-span.ts'
import type { SpanColumns } from '../otlp/span-columns.ts'

/** Who made spans. */
export interface JaegerProcess {
  readonly service: string
  readonly tags: readonly Tag[]
}

/** A span of Jaeger, of any encoding. */
export class JaegerSpan {
  traceId: Uint8Array = new Uint8Array()
  spanId: Uint8Array = new Uint8Array()
  /** Empty where only a reference tells it. */
  parentId: Uint8Array = new Uint8Array()
  name = ''
  /** Unix nanoseconds. */
  startNs = 0n
  durationNs = 0n
  readonly tags: Tag[] = []
  readonly logs: JaegerLog[] = []
  readonly references: JaegerReference[] = []
}

export interface JaegerLog {
  readonly timeNs: bigint
  readonly fields: readonly Tag[]
}

export interface JaegerReference {
  readonly traceId: Uint8Array
  readonly spanId: Uint8Array
  readonly isChildOf: boolean
}

export const NO_PROCESS: JaegerProcess = { service: '', tags: [] }

/** Adds a span by the rules of OpenTelemetry's specification for Jaeger and of the collector's translator. */
export function addJaegerSpan(
  columns: SpanColumns,
  span: JaegerSpan,
  { service, tags }: JaegerProcess,
): void {
  const parent = isNothing(span.parentId) ? span.references.find(isParent(span)) : undefined
  addForeignSpan(columns, {
    ...{ traceId: span.traceId, spanId: span.spanId, name: span.name, service, tags: span.tags },
    ...{ startNs: span.startNs, durationNs: span.durationNs, kind: 0 },
    parentId: parent?.spanId ?? span.parentId,
    resource: tags.map(([key, value]) => [key === 'hostname' ? 'host.name' : key, value]),
    events: span.logs.map(({ timeNs, fields }) => ({
      timeNs,
      name: eventName(fields),
      attributes: fields.filter(([key]) => key !== 'event'),
    })),
    links: span.references.filter((one) => one !== parent && !isOwnParent(span, one)).map(toLink),
  })
}

function isParent(span: JaegerSpan): (reference: JaegerReference) => boolean {
  return ({ isChildOf, traceId }) => isChildOf && isSame(traceId, span.traceId)
}

/** Senders write the parent as a reference, too. */
function isOwnParent(span: JaegerSpan, { isChildOf, traceId, spanId }: JaegerReference): boolean {
  return isChildOf && isSame(spanId, span.parentId) && isSame(traceId, span.traceId)
}

function toLink({ traceId, spanId, isChildOf }: JaegerReference): ForeignLink {
  const type = isChildOf ? 'child_of' : 'follows_from'
  return { traceId, spanId, attributes: [['opentracing.ref_type', type]] }
}

/** OpenTracing names an event by the field `event`. */
function eventName(fields: readonly Tag[]): string {
  const value = fields.find(([key]) => key === 'event')?.[1]
  return typeof value === 'string' ? value : ''
}

function isNothing(id: Uint8Array): boolean {
  return id.every((byte) => byte === 0)
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
