import type { Labels } from '../model/labels.ts'
import type { SpanTally, SpanTallyRequest } from './span-tally.ts'

/** Times at which spans begin: from `startNs` to before `endNs`, Unix nanoseconds. */
export interface SpanRange {
  readonly startNs: bigint
  readonly endNs: bigint
}

export type OrderOp = '<' | '<=' | '>' | '>='

/** What the value of an attribute has to be like. Values are typed texts (model/attribute-value.ts). */
export type AttributeTest =
  | { readonly kind: 'exists' }
  /** One of these texts, or a list that may hold one. */
  | { readonly kind: 'equals'; readonly texts: readonly string[] }
  | { readonly kind: 'order'; readonly op: OrderOp; readonly value: number }
  /** A text that an RE2 pattern fits as a whole. */
  | { readonly kind: 'match'; readonly pattern: string }

/**
 * What a span has to fulfil to be worth reading: it may accept spans that a query then leaves out, never the other way round. It is told
 * the store so that few spans are read.
 */
export type SpanCondition =
  | { readonly kind: 'any' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly SpanCondition[] }
  /** An attribute of the span itself. */
  | { readonly kind: 'attribute'; readonly name: string; readonly test: AttributeTest }
  | { readonly kind: 'resource'; readonly accepts: (attributes: Labels) => boolean }
  | {
      readonly kind: 'text'
      readonly column: 'name' | 'message'
      readonly op: '=' | '!=' | '=~'
      readonly value: string
    }
  /** `dur` in nanoseconds; `kind` and `status` are OpenTelemetry's numbers. */
  | {
      readonly kind: 'number'
      readonly column: 'dur' | 'kind' | 'status'
      readonly op: '=' | '!=' | OrderOp
      readonly value: bigint
    }
  | { readonly kind: 'root' }
  /** An id in hex. */
  | { readonly kind: 'id'; readonly column: 'trace' | 'span' | 'parent'; readonly value: string }
  /** An event or a link that has this text somewhere. */
  | { readonly kind: 'inside'; readonly column: 'events' | 'links'; readonly text: string }

/** Spans as they were read, a span a row; ids in hex. Rows of one trace follow each other, each span is there once. */
export interface SpanRows {
  readonly length: number
  readonly traceIds: readonly string[]
  readonly spanIds: readonly string[]
  /** Empty for a root. */
  readonly parentIds: readonly string[]
  readonly startsNs: BigInt64Array
  readonly durationsNs: BigInt64Array
  readonly names: readonly string[]
  readonly kinds: Uint32Array
  readonly statuses: Uint32Array
  readonly messages: readonly string[]
  readonly states: readonly string[]
  /** JSON: `[name, version, {attributes}]`. */
  readonly scopes: readonly string[]
  /** Those of row `i` are from `offsets[i]` to `offsets[i + 1]`. */
  readonly attributes: {
    readonly offsets: Uint32Array
    readonly keys: readonly string[]
    readonly values: readonly string[]
  }
  /** JSON, empty for none: `[[nanoseconds since the start, name, {attributes}], …]`. */
  readonly events: readonly string[]
  /** JSON, empty for none: `[[trace id, span id, trace state, {attributes}], …]`. */
  readonly links: readonly string[]
  /** Attributes as typed texts. */
  readonly resources: readonly Labels[]
}

/** What of spans is read besides their ids, times, names, kinds, statuses and resources; the rest comes empty. */
export interface SpanParts {
  /** Names of their own attributes. */
  readonly attributes: readonly string[]
  readonly hasEvents: boolean
  readonly hasLinks: boolean
  readonly hasScope: boolean
  readonly hasMessage: boolean
}

export interface ReadSpansOptions {
  readonly signal: AbortSignal
  /** Without it spans are read whole. */
  readonly parts?: SpanParts
  /** Past it a `Problem` of code `limit` is thrown. */
  readonly maxSpans: number
}

/** Where spans are read from. All verbs reject with a `Problem`. */
export interface SpansSource {
  /**
   * Ids (hex) of traces with a span in the range that fulfils the condition, those with the newest such spans first, in portions. Each
   * id comes once.
   */
  findTraces(
    condition: SpanCondition,
    range: SpanRange,
    options: { readonly signal: AbortSignal; readonly enough: number },
  ): AsyncIterable<readonly string[]>
  /** All spans of traces, whenever they were. Ids nobody has are left out. */
  readTraces(traceIds: readonly string[], options: ReadSpansOptions): Promise<SpanRows>
  /** Attributes of all resources that have spans in the range. */
  resources(range: SpanRange): readonly Labels[]
  /** Names of attributes of spans in the range. */
  attributeNames(range: SpanRange, signal: AbortSignal): Promise<readonly string[]>
  /** Typed texts of an attribute, or the texts of a column, of spans in the range, the most frequent first. */
  values(
    of: { readonly attribute: string } | { readonly column: 'name' | 'message' },
    range: SpanRange,
    options: { readonly signal: AbortSignal; readonly limit: number },
  ): Promise<readonly string[]>
  /**
   * Spans counted by the engine; undefined when it cannot decide about all of them as exactly as who reads them. Rejects with a `Problem` of
   * code `limit` when there are too many combinations.
   */
  tally(request: SpanTallyRequest, signal: AbortSignal): Promise<SpanTally | undefined>
}
