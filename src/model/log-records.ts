import type { AttributeColumns, SpanScope } from './spans.ts'

/** What made log records: an instrumentation scope. */
export interface LogScope extends SpanScope {
  readonly droppedAttributes: number
}

/**
 * Log records of OpenTelemetry in columns, a record a row; all columns without another length are as long as `timesNs`. `bodies`,
 * `severityTexts` and `eventNames` hold places in `strings`. It is what processors see, and what is sent on: lines (model/lines.ts) no
 * longer know what was an attribute of what. A batch is never changed once it was given on.
 */
export interface LogRecordBatch {
  readonly strings: readonly string[]
  /** Unix nanoseconds; 0: not said. */
  readonly timesNs: BigInt64Array
  /** Unix nanoseconds; 0: not said. */
  readonly observedNs: BigInt64Array
  /** OpenTelemetry's numbers, 1 to 24; 0: not said. */
  readonly severityNumbers: Int32Array
  readonly severityTexts: Uint32Array
  /** Typed texts (model/attribute-value.ts); the empty text: no body. */
  readonly bodies: Uint32Array
  readonly eventNames: Uint32Array
  readonly flags: Uint32Array
  readonly droppedAttributes: Uint32Array
  /** 16 bytes a record; zeros: none. */
  readonly traceIds: Uint8Array
  /** 8 bytes a record; zeros: none. */
  readonly spanIds: Uint8Array
  readonly attributes: AttributeColumns
  /** Distinct resources, each as its attributes (typed texts, sorted by key). */
  readonly resources: readonly (readonly (readonly [key: string, value: string])[])[]
  readonly resourceIndex: Uint32Array
  readonly scopes: readonly LogScope[]
  readonly scopeIndex: Uint32Array
}

/** What became of a batch of log records. */
export interface LogRecordAppendResult {
  /** Records of which everything is durable, and those that a processor took away. */
  readonly accepted: number
  /** Records that were refused for good: it is of no use to send them again. */
  readonly rejected: number
  /** What was refused and why, as a person reads it; empty when nothing was. */
  readonly message: string
}

/**
 * Where log records go: what makes lines of them, a processor before it, or a forwarder. `append` resolves when the batch is durable,
 * and rejects with a `Problem` of code `unavailable` when it cannot be taken now and the sender should come again.
 */
export interface LogRecordSink {
  append(batch: LogRecordBatch): Promise<LogRecordAppendResult>
}
