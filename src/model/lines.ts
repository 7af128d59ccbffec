import type { Labels } from './labels.ts'

/**
 * Log lines in columns. Row `i` is the line `bytes.subarray(ends[i - 1] ?? 0, ends[i])` of the stream `streams[streamIndex[i]]`.
 * `streamIndex`, `timestampsNs`, `ends` and `metadataIndex` are of equal length. A batch is never changed once it was given on.
 */
export interface LogBatch {
  /** The label sets of the batch's streams, each once. */
  readonly streams: readonly Labels[]
  readonly streamIndex: Uint32Array
  /** Unix nanoseconds. */
  readonly timestampsNs: BigInt64Array
  /** All lines, one after the other, as UTF-8. */
  readonly bytes: Uint8Array
  /** Where each line ends in `bytes` (exclusive). */
  readonly ends: Uint32Array
  /** Distinct sets of structured metadata; the first is the empty set. */
  readonly metadata: readonly Labels[]
  readonly metadataIndex: Uint32Array
}

/** What became of a batch of lines. */
export interface LineAppendResult {
  /** Lines stored. A line that was there already (same stream, time, text and structured metadata) counts as stored. */
  readonly accepted: number
  /** Streams that could not be made because there are too many: the first 100 of them, and the lines of all. */
  readonly refusedStreams: readonly Labels[]
  readonly refusedLines: number
  /** Lines whose time no day can be found for (before 1970 or after 2099). */
  readonly outOfBounds: number
}

/**
 * Where lines go: the store, or a forwarder. `append` resolves when the batch is durable (committed with fsync) and nobody holds its bytes
 * any more, so that their memory may be used again; it rejects with a `Problem` of code `unavailable` when nothing of it was taken and
 * the sender should come again.
 */
export interface LineSink {
  append(batch: LogBatch): Promise<LineAppendResult>
}

/** Where line `row` of a batch begins in its bytes. */
export function lineStart(batch: LogBatch, row: number): number {
  return row === 0 ? 0 : (batch.ends[row - 1] as number)
}
