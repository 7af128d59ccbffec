import type { Labels } from '../model/labels.ts'
import type { OrderOp } from './spans-source.ts'

/** How the scalar value of an attribute has to be. Values of other types never fulfil it. */
export type ScalarTest =
  | { readonly kind: 'exists' }
  /** Texts, and what is shown as a text: bytes and maps. `=~` and `!~` take RE2 patterns that fit as a whole. */
  | { readonly kind: 'text'; readonly op: '=' | '!=' | '=~' | '!~'; readonly value: string }
  /** Whole numbers and floats; the value is exact as a double. */
  | { readonly kind: 'number'; readonly op: '=' | '!=' | OrderOp; readonly value: number }
  | { readonly kind: 'boolean'; readonly op: '=' | '!='; readonly value: boolean }

/**
 * What a span has to fulfil, decided by the engine alone and exactly. Where it cannot (an attribute holds a list, or an event may have the
 * attribute) the span is counted as undecided.
 */
export type SpanTest =
  | { readonly kind: 'any' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly SpanTest[] }
  | { readonly kind: 'not'; readonly of: SpanTest }
  | { readonly kind: 'attribute'; readonly name: string; readonly test: ScalarTest }
  | { readonly kind: 'resource'; readonly accepts: (attributes: Labels) => boolean }
  /** The attribute of the span; where it has none that of its resource. */
  | {
      readonly kind: 'anywhere'
      readonly name: string
      readonly test: ScalarTest
      readonly accepts: (attributes: Labels) => boolean
    }
  | {
      readonly kind: 'column'
      readonly column: 'name' | 'message'
      readonly op: '=' | '!=' | '=~' | '!~'
      readonly value: string
    }
  | {
      readonly kind: 'number'
      readonly column: 'dur' | 'kind' | 'status'
      readonly op: '=' | '!=' | OrderOp
      readonly value: bigint
    }
  | { readonly kind: 'root' }
  | { readonly kind: 'trace'; readonly id: string }

/** What spans are told apart by. */
export type TallyKey =
  | { readonly kind: 'attribute' | 'resource' | 'anywhere'; readonly name: string }
  | { readonly kind: 'column'; readonly column: 'name' | 'message' | 'kind' | 'status' }

/** The number that is taken of each span; those that have none are left out. Durations are nanoseconds. */
export type TallyValue =
  | { readonly kind: 'duration' }
  | { readonly kind: 'attribute' | 'anywhere'; readonly name: string }

export interface SpanTallyRequest {
  readonly test: SpanTest
  /** Interval `i` holds spans that begin after `startNs + i * stepNs` and up to one step later. */
  readonly startNs: bigint
  readonly stepNs: bigint
  readonly count: number
  readonly by: readonly TallyKey[]
  readonly value: TallyValue | undefined
  /** `buckets`: spans are told apart by the power of two that their whole number does not exceed, too. */
  readonly measure: 'count' | 'min' | 'max' | 'sum' | 'buckets'
  /** Whether a span of each row is told. */
  readonly hasExemplars: boolean
}

/**
 * Spans counted by interval and keys, a row each combination; columns are as long as `length`. The same combination may come more than once:
 * the rows are to be added up.
 */
export interface SpanTally {
  readonly length: number
  readonly intervals: Uint32Array
  /** For each key of the request: its values. Typed texts for attributes, texts or OpenTelemetry's numbers for columns; '' for none. */
  readonly keys: readonly (readonly string[])[]
  readonly counts: Float64Array
  /** The sum, the least or the greatest of the values; 0 when nothing of the kind was asked for. */
  readonly values: Float64Array
  /** Of `buckets`: powers of two, 0 for spans that are in none. */
  readonly buckets: Float64Array
  /** Empty unless they were asked for. */
  readonly exemplars: readonly TallyExemplar[]
}

/** A span of a row. */
export interface TallyExemplar {
  /** Hex. */
  readonly traceId: string
  readonly spanId: string
  readonly startNs: bigint
  /** Its number; of `count` its duration in nanoseconds. */
  readonly value: number
}
