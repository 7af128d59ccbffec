/**
 * Attributes of several owners in columns: those of owner `i` lie from `ends[i - 1]` (0 for the first) to `ends[i]` in `keys` and
 * `values`, which hold places in the batch's `strings`. Values are typed texts (model/attribute-value.ts).
 */
export interface AttributeColumns {
  readonly ends: Uint32Array
  readonly keys: Uint32Array
  readonly values: Uint32Array
}

/** What made spans: an instrumentation scope. */
export interface SpanScope {
  readonly name: string
  readonly version: string
  /** Typed texts, as `AttributeColumns` has them. */
  readonly attributes: readonly (readonly [key: string, value: string])[]
}

/**
 * Spans in columns, a span a row; all columns without another length are as long as `startsNs`. `names`, `messages`, `states` and
 * those of events and links hold places in `strings`. A batch is never changed once it was given on.
 */
export interface SpanBatch {
  readonly strings: readonly string[]
  /** 16 bytes a span. */
  readonly traceIds: Uint8Array
  /** 8 bytes a span. */
  readonly spanIds: Uint8Array
  /** 8 bytes a span; zeros: a root. */
  readonly parentIds: Uint8Array
  /** Unix nanoseconds. */
  readonly startsNs: BigInt64Array
  /** Nanoseconds, never negative. */
  readonly durationsNs: BigInt64Array
  readonly names: Uint32Array
  /** OpenTelemetry's numbers: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kinds: Uint8Array
  /** OpenTelemetry's numbers: 0 unset, 1 ok, 2 error. */
  readonly statuses: Uint8Array
  readonly messages: Uint32Array
  /** W3C trace states. */
  readonly states: Uint32Array
  readonly attributes: AttributeColumns
  /** Distinct resources, each as its attributes (typed texts, sorted by key). */
  readonly resources: readonly (readonly (readonly [key: string, value: string])[])[]
  readonly resourceIndex: Uint32Array
  readonly scopes: readonly SpanScope[]
  readonly scopeIndex: Uint32Array
  readonly events: SpanEvents
  readonly links: SpanLinks
}

/** Events of spans: those of span `i` lie from `ends[i - 1]` to `ends[i]`. */
export interface SpanEvents {
  readonly ends: Uint32Array
  readonly timesNs: BigInt64Array
  readonly names: Uint32Array
  readonly attributes: AttributeColumns
}

/** Links of spans, as events are laid out. */
export interface SpanLinks {
  readonly ends: Uint32Array
  readonly traceIds: Uint8Array
  readonly spanIds: Uint8Array
  readonly states: Uint32Array
  readonly attributes: AttributeColumns
}

/** What became of a batch of spans. */
export interface SpanAppendResult {
  /** Spans stored. One that was there already counts as stored. */
  readonly accepted: number
  /** Spans whose time no day can be found for (before 1970 or after 2099). */
  readonly outOfBounds: number
  /** Spans of resources that could not be made because there are too many. */
  readonly refused: number
  /** Spans of traces that have as many as a trace may have. */
  readonly tooLarge?: number
  /** Spans of traces beyond those that may be live at once. */
  readonly liveTracesExceeded?: number
  /** The rows that were stored; absent when all were, or nobody knows which. */
  readonly rows?: Uint32Array
}

/**
 * Where spans go. `append` resolves when the batch is durable (committed with fsync), and rejects with a `Problem` of code `unavailable`
 * when nothing of it was taken and the sender should come again.
 */
export interface SpanSink {
  append(batch: SpanBatch): Promise<SpanAppendResult>
}

/** Where what belongs to row `row` begins, in columns that say where it ends. */
export function startOf(ends: Uint32Array, row: number): number {
  return row === 0 ? 0 : (ends[row - 1] as number)
}
