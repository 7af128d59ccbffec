import type { Labels } from '../model/labels.ts'
import type { LogBatch } from '../model/lines.ts'
import type { Matcher } from '../model/matcher.ts'
import type { Limited } from './metrics-source.ts'

/**
 * A condition on the text of a line that the engine can decide, so that lines that cannot be wanted are not read. Needles only
 * take lines away that the query would take away, too: what is left is judged by the query itself.
 */
export interface Needle {
  /** The line holds one of these texts at least; with `isAbsent`, none of them. Never empty. */
  readonly anyOf: readonly string[]
  readonly isAbsent?: boolean
  /** ASCII letters match in both cases. Not for `isAbsent`. */
  readonly ignoresCase?: boolean
}

export interface LineSelection {
  readonly matchers: readonly Matcher[]
  /** Unix nanoseconds; the start is part of the range, the end is not, as in Loki. */
  readonly startNs: bigint
  readonly endNs: bigint
  readonly direction: 'forward' | 'backward'
  readonly needles: readonly Needle[]
  /** About so many lines will do: the first portion is not larger than needed. 0: all are wanted. */
  readonly enough: number
}

export interface LineBounds {
  readonly signal: AbortSignal
  /** More streams than this reject with a `Problem` of code `limit`. */
  readonly maxStreams: number
}

export interface StreamQuery {
  /** Streams that any of these accepts; all streams when there is none. */
  readonly selectors: readonly (readonly Matcher[])[]
  readonly startNs: bigint
  readonly endNs: bigint
  /** 0: no limit. */
  readonly limit: number
}

export interface LineStats {
  readonly streams: number
  /** Ten minutes of a stream that hold lines: what comes nearest to a chunk. */
  readonly chunks: number
  readonly bytes: number
  readonly entries: number
}

export interface LineVolume {
  readonly labels: Labels
  /** Bytes by step, from the start of the range on; one entry when no step was asked for. */
  readonly bytes: Float64Array
}

export interface VolumeRequest {
  readonly matchers: readonly Matcher[]
  readonly startNs: bigint
  readonly endNs: bigint
  /** Nanoseconds; undefined for one sum over the range. */
  readonly stepNs?: bigint
}

/** Where queries find lines. */
export interface LinesSource {
  /**
   * The lines of a selection in portions, in order of time (within one nanosecond, in an order of the store's own). Whoever has
   * enough ends the loop. No line comes twice. Rejects with `limit`, `timeout`, `canceled` or `unavailable`.
   */
  lines(selection: LineSelection, bounds: LineBounds): AsyncIterable<LogBatch>
  streams(query: StreamQuery): Limited<Labels>
  labelNames(query: StreamQuery): Limited<string>
  labelValues(name: string, query: StreamQuery): Limited<string>
  stats(selection: Pick<LineSelection, 'matchers' | 'startNs' | 'endNs'>): Promise<LineStats>
  /** Bytes of each stream that has any. */
  volume(request: VolumeRequest): Promise<readonly LineVolume[]>
}
