import { greatest, least } from '../../model/bigint-order.ts'
import { EARLIEST_MS, LATEST_MS } from '../limits.ts'
import { SPAN_BUCKET_NS } from '../schema.ts'
import type { SeriesIndex } from '../series/series-index.ts'
import type { SpanRange } from '../spans-source.ts'

const NS_PER_MS = 1_000_000n
const EARLIEST_NS = BigInt(EARLIEST_MS) * NS_PER_MS
const LATEST_NS = BigInt(LATEST_MS) * NS_PER_MS

/** The WHERE clause of times: whole numbers of our own only. */
export function whereTime({ startNs, endNs }: SpanRange): string {
  return [
    `intDiv(toUnixTimestamp64Nano(ts), ${SPAN_BUCKET_NS}) BETWEEN ${startNs / SPAN_BUCKET_NS} AND ${(endNs - 1n) / SPAN_BUCKET_NS}`,
    `ts >= fromUnixTimestamp64Nano(toInt64(${startNs}), 'UTC')`,
    `ts < fromUnixTimestamp64Nano(toInt64(${endNs}), 'UTC')`,
  ].join(' AND ')
}

/** The same for the times that a query tells, from `first` to `last` of each of its rows, of one day a row: Unix nanoseconds. */
export function whereBuckets(query: string): string {
  const bucket = (time: string): string => `intDiv(${time}, ${SPAN_BUCKET_NS})`
  return `${bucket('toUnixTimestamp64Nano(ts)')} IN (SELECT arrayJoin(range(${bucket('first')}, ${bucket('last')} + 1)) FROM (${query}))`
}

/** The part of a range that spans can have begun in; undefined when there is none. */
export function rangeOfSpans(
  index: SeriesIndex,
  { startNs, endNs }: SpanRange,
): SpanRange | undefined {
  let firstMs = Number.POSITIVE_INFINITY
  let lastMs = Number.NEGATIVE_INFINITY
  for (const ref of index.all()) {
    firstMs = Math.min(firstMs, index.firstMsOf(ref))
    lastMs = Math.max(lastMs, index.lastMsOf(ref))
  }
  if (!Number.isFinite(firstMs) || !Number.isFinite(lastMs)) return undefined
  const from = greatest(startNs, BigInt(Math.floor(firstMs)) * NS_PER_MS, EARLIEST_NS)
  const until = least(endNs, (BigInt(Math.ceil(lastMs)) + 1n) * NS_PER_MS, LATEST_NS)
  return from < until ? { startNs: from, endNs: until } : undefined
}
