import type { AnyValue } from './any-value.ts'
import type { SpanBatch } from '../../model/spans.ts'
import { SpanDraft, type SpanColumns } from './span-columns.ts'

/** The spans of a request in another format, and how many were left out because they have no id. */
export interface ForeignSpans {
  readonly batch: SpanBatch
  readonly refused: number
}

export type Tag = readonly [key: string, value: AnyValue]

/** A span as other systems send it, before its tags are told apart. */
export interface ForeignSpan {
  readonly traceId: Uint8Array
  readonly spanId: Uint8Array
  readonly parentId: Uint8Array
  readonly name: string
  /** Unix nanoseconds. */
  readonly startNs: bigint
  readonly durationNs: bigint
  /** OpenTelemetry's number; 0: a tag may tell it. */
  readonly kind: number
  readonly service: string
  readonly resource: readonly Tag[]
  readonly tags: readonly Tag[]
  readonly events: readonly ForeignEvent[]
  readonly links: readonly ForeignLink[]
}

export interface ForeignEvent {
  readonly timeNs: bigint
  readonly name: string
  readonly attributes: readonly Tag[]
}

export interface ForeignLink {
  readonly traceId: Uint8Array
  readonly spanId: Uint8Array
  readonly attributes: readonly Tag[]
}

const ERROR = 2
const KINDS: ReadonlyMap<string, number> = new Map([
  ...([['internal', 1] as const, ['server', 2] as const, ['client', 3] as const] as const),
  ...([['producer', 4] as const, ['consumer', 5] as const] as const),
])
const SERVER = 2
const CODES: ReadonlyMap<string, number> = new Map([
  ['UNSET', 0],
  ['OK', 1],
  ['ERROR', ERROR],
])

/** Tags that say what OpenTelemetry has fields for. */
interface Told {
  kind: number
  status: number | undefined
  message: string
  hasError: boolean
  errorText: string
  httpStatus: number
  scopeName: string
  scopeVersion: string
  state: string
}

/**
 * Adds a span. Tags that exporters of OpenTelemetry write for want of fields become fields again, by the specification ("Trace SDK: Jaeger,
 * Zipkin exporters") and the translators of the collector (contrib, pkg/translator): `span.kind`, `otel.status_code`, `otel.status_description`,
 * `error`, `otel.scope.*`, `w3c.tracestate`. Without any of these a status of HTTP tells of failures.
 */
export function addForeignSpan(columns: SpanColumns, span: ForeignSpan): void {
  const told: Told = {
    ...{ kind: span.kind, status: undefined, message: '', hasError: false, errorText: '' },
    ...{ httpStatus: 0, scopeName: '', scopeVersion: '', state: '' },
  }
  for (const [key, value] of span.tags)
    if (!takeTag(told, key, value)) columns.attributes.add(key, value)
  const service: Tag[] = span.service === '' ? [] : [['service.name', span.service]]
  columns.resource([...span.resource.filter(([key]) => key !== 'service.name'), ...service])
  columns.scope({
    name: told.scopeName,
    version: told.scopeVersion,
    attributes: [],
    droppedAttributes: 0,
  })
  for (const { timeNs, name, attributes } of span.events) {
    for (const [key, value] of attributes) columns.eventAttributes.add(key, value)
    columns.event({ timeNs, name })
  }
  for (const { traceId, spanId, attributes } of span.links) {
    for (const [key, value] of attributes) columns.linkAttributes.add(key, value)
    columns.link({ traceId, spanId, state: '' })
  }
  const draft = new SpanDraft()
  draft.traceId = span.traceId
  draft.spanId = span.spanId
  draft.parentId = span.parentId
  draft.name = span.name
  draft.kind = told.kind
  draft.startNs = span.startNs
  draft.endNs = span.startNs + span.durationNs
  draft.status = statusOf(told)
  draft.message = told.message === '' && draft.status === ERROR ? told.errorText : told.message
  draft.state = told.state
  columns.span(draft)
}

/** True when the tag is not kept as an attribute. */
function takeTag(told: Told, key: string, value: AnyValue): boolean {
  const text = typeof value === 'string' ? value : ''
  switch (key) {
    case 'span.kind': {
      const kind = KINDS.get(text.toLowerCase())
      if (kind !== undefined && told.kind === 0) told.kind = kind
      return kind !== undefined
    }
    case 'error':
      if (value === false || text.toLowerCase() === 'false') return true
      told.hasError = true
      if (text !== '' && text.toLowerCase() !== 'true') told.errorText = text
      return true
    case 'otel.status_code': {
      const code = CODES.get(text.toUpperCase().replace('STATUS_CODE_', ''))
      told.status = code ?? told.status
      return code !== undefined
    }
    case 'otel.status_description':
      told.message = text
      return true
    case 'otel.scope.name':
    case 'otel.library.name':
      told.scopeName = text
      return true
    case 'otel.scope.version':
    case 'otel.library.version':
      told.scopeVersion = text
      return true
    case 'w3c.tracestate':
      told.state = text
      return true
    case 'http.status_code':
      told.httpStatus = Number(typeof value === 'bigint' ? value : text)
      return false
    default:
      return false
  }
}

/** Answers of 500 and more are failures of everybody, those of 400 and more only of who asked (semantic conventions for HTTP). */
function statusOf({ status, hasError, httpStatus, kind }: Told): number {
  if (hasError) return ERROR
  if (status !== undefined) return status
  return httpStatus >= 500 || (httpStatus >= 400 && kind !== SERVER) ? ERROR : 0
}
