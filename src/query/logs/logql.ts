import type { Labels } from '../../model/labels.ts'
import type { Matcher } from '../../model/matcher.ts'

export interface LogqlRequest {
  readonly query: string
  /** For an instant query, both are its time. Unix nanoseconds; of a range of lines the end is not part. */
  readonly startNs: bigint
  readonly endNs: bigint
  readonly isInstant: boolean
  readonly stepNs: bigint
  /** Of lines, at most one a stream for each so many nanoseconds; 0n: all. */
  readonly intervalNs: bigint
  readonly direction: 'forward' | 'backward'
  /** Of lines. More than `maxEntries` (0: no bound) is refused, for queries that answer lines. */
  readonly limit: number
  readonly maxEntries: number
  readonly signal: AbortSignal
}

/** A line of a result with all that is known of it. */
export interface ResultEntry {
  readonly timestampNs: bigint
  readonly line: string
  readonly structuredMetadata: Labels
  readonly parsed: Labels
}

export interface ResultStream {
  /** Those of the stream itself. */
  readonly labels: Labels
  readonly entries: readonly ResultEntry[]
}

/** A series of a metric query, with as many times as values. */
export interface ResultSeries {
  readonly labels: Labels
  readonly timestampsMs: ArrayLike<number>
  readonly values: ArrayLike<number>
}

export interface ReadFigures {
  readonly lines: number
  readonly bytes: number
  /** Lines that the pipeline let through. */
  readonly postFilterLines: number
}

export type LogqlResult = {
  readonly warnings: readonly string[]
  readonly figures: ReadFigures
} & (
  | { readonly type: 'streams'; readonly streams: readonly ResultStream[] }
  | { readonly type: 'vector' | 'matrix'; readonly series: readonly ResultSeries[] }
  | { readonly type: 'scalar'; readonly timestampMs: number; readonly value: number }
)

/** LogQL, as the doors need it. Everything rejects or throws with a `Problem` in Loki's words. */
export interface Logql {
  evaluate(request: LogqlRequest): Promise<LogqlResult>
  /** The matchers of a selector without a pipeline. `{}` and what accepts every stream only where that is allowed. */
  parseMatchers(selector: string, allowsAll: boolean): readonly Matcher[]
  /** The query in Loki's own layout. */
  format(query: string): string
}
