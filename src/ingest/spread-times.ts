import type { LogBatch } from '../model/lines.ts'
import { lineStart } from '../model/lines.ts'

interface Last {
  row: number
  /** Unix nanoseconds, as it was sent and as it became. */
  sentNs: bigint
  givenNs: bigint
}

/**
 * Loki's `increment_duplicate_timestamp` (pkg/distributor): a line with the time of the line before it in its stream, but another text,
 * gets a nanosecond more than that one, so that lines keep the order in which they were sent; one with the same text gets the same
 * time and stays one line with it. The same push gives the same times again. Answers the same batch when there is nothing to do.
 */
export function spreadTimes(batch: LogBatch): LogBatch {
  const { streamIndex, timestampsNs } = batch
  const lastOf: (Last | undefined)[] = Array.from({ length: batch.streams.length })
  let spread: BigInt64Array | undefined
  for (let row = 0; row < timestampsNs.length; row++) {
    const stream = streamIndex[row] as number
    const sentNs = timestampsNs[row] as bigint
    const last = lastOf[stream]
    if (last === undefined) {
      lastOf[stream] = { row, sentNs, givenNs: sentNs }
      continue
    }
    const isEqual = sentNs === last.sentNs || sentNs === last.givenNs
    if (isEqual) {
      if (!isSameText(batch, last.row, row)) last.givenNs += 1n
      if (last.givenNs !== sentNs) {
        spread ??= timestampsNs.slice()
        spread[row] = last.givenNs
      }
    } else {
      last.sentNs = sentNs
      last.givenNs = sentNs
    }
    last.row = row
  }
  return spread === undefined ? batch : { ...batch, timestampsNs: spread }
}

function isSameText(batch: LogBatch, a: number, b: number): boolean {
  const { bytes, ends } = batch
  const one = bytes.subarray(lineStart(batch, a), ends[a])
  const other = bytes.subarray(lineStart(batch, b), ends[b])
  return one.length === other.length && Buffer.compare(one, other) === 0
}
