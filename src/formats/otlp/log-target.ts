import type { JsonBytes } from '../loki-push/json-bytes.ts'
import type { AnyValue, Attributes, Scope } from './any-value.ts'

/**
 * What log records are read into: a resource, its scopes, and of each record the fields, one by one, between `begin` and `end`. The body
 * is told by one of three verbs, at most once a record.
 */
export interface LogTarget {
  timeLow: number
  timeHigh: number
  observedLow: number
  observedHigh: number
  severityNumber: number
  severityText: string
  droppedAttributes: number
  flags: number
  /** Lower-case hex; empty when it is not there or all zeros. */
  traceId: string
  spanId: string
  eventName: string
  resource(attributes: Attributes): void
  scope(scope: Scope): void
  begin(): void
  attribute(key: string, value: AnyValue): void
  /** A body that is a text: UTF-8 as it was sent. */
  bodyBytes(source: Uint8Array, start: number, end: number): void
  /** A body that is the last text of `json`, which has escapes. */
  bodyEscaped(json: JsonBytes): void
  bodyValue(value: AnyValue): void
  end(): void
}
