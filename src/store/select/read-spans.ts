import { greatest } from '../../model/bigint-order.ts'
import { Problem } from '../../model/problem.ts'
import type { StoreClient } from '../client.ts'
import { SPAN_BUCKET_NS } from '../schema.ts'
import type { SeriesIndex } from '../series/series-index.ts'
import type { ReadSpansOptions, SpanCondition, SpanRange, SpanRows } from '../spans-source.ts'
import { literal, spanConditionSql } from './span-conditions.ts'
import { spanColumns, toSpanRows } from './span-rows.ts'
import { rangeOfSpans, whereTime } from './span-times.ts'

/** A range of time without many traces is followed by one that is so much longer. */
const WIDENING = 4n
const MOST_TRACES = 1000
/** Values of attributes are taken of so many spans that have one. */
const SAMPLED_SPANS = 500_000
/** Names of attributes are taken of so many spans of each of so many parts of the range. */
const SAMPLED_SPANS_A_SLICE = 25_000
const SLICES = 8n
const MOST_NAMES = 10_000
/** All attributes of the spans of a block are in memory at once. */
const SMALL_BLOCKS = { max_block_size: 8192, preferred_block_size_bytes: 262_144, max_threads: 1 }
const MAX_ANSWER_BYTES = 128 * 1024 * 1024
const SETTINGS = { max_query_size: 1_000_000, max_result_bytes: MAX_ANSWER_BYTES }
/** The spans of one trace are in a granule or two: a thread more costs more than it brings. */
const FOR_ONE_TRACE = { ...SETTINGS, max_threads: 1 }
const TRACE_ID = /^[0-9a-f]{32}$/

export interface SpanReaderOptions {
  readonly client: StoreClient
  readonly index: SeriesIndex
}

/** See `SpansSource`. The range is gone through from its end in steps that grow as long as they bring little. */
export async function* findTraces(
  { client, index }: SpanReaderOptions,
  condition: SpanCondition,
  range: SpanRange,
  { signal, enough }: { readonly signal: AbortSignal; readonly enough: number },
): AsyncGenerator<readonly string[], void> {
  const whole = rangeOfSpans(index, range)
  if (whole === undefined) return
  const holds = spanConditionSql(condition, index)
  const seen = new Set<string>()
  const limit = Math.min(MOST_TRACES, Math.max(32, enough * 2))
  let spanNs = SPAN_BUCKET_NS
  for (let { endNs } = whole; endNs > whole.startNs;) {
    signal.throwIfAborted()
    const aligned = ((endNs - 1n) / SPAN_BUCKET_NS) * SPAN_BUCKET_NS - (spanNs - SPAN_BUCKET_NS)
    const startNs = greatest(whole.startNs, aligned)
    const rows = await client.rows(
      `SELECT lower(hex(trace)) AS id, toString(max(toUnixTimestamp64Nano(ts))) AS last FROM {db}.spans
       WHERE ${whereTime({ startNs, endNs })} AND ${holds} GROUP BY trace ORDER BY max(ts) DESC LIMIT ${limit}`,
      { signal, settings: SETTINGS },
    )
    const fresh = rows.map((row) => String(row['id'])).filter((id) => !seen.has(id))
    for (const id of fresh) seen.add(id)
    if (fresh.length > 0) yield fresh
    const oldestNs = rows.length === limit ? BigInt(String(rows.at(-1)?.['last'])) : undefined
    // Of traces with the same newest time as the last one there may be more: they come again and are left out above.
    endNs = oldestNs === undefined || oldestNs + 1n >= endNs ? startNs : oldestNs + 1n
    if (oldestNs === undefined) spanNs *= WIDENING
  }
}

/** See `SpansSource`. */
export async function readTraces(
  { client, index }: SpanReaderOptions,
  traceIds: readonly string[],
  { signal, maxSpans, parts }: ReadSpansOptions,
): Promise<SpanRows> {
  const ids = traceIds.filter((id) => TRACE_ID.test(id))
  if (ids.length === 0) return toSpanRows(new Uint8Array(), index)
  const list = ids.map((id) => `unhex('${id}')`).join(',')
  const settings = ids.length === 1 ? FOR_ONE_TRACE : SETTINGS
  const times = await client.rows(
    `SELECT toString(min(first)) AS first, toString(max(last)) AS last, count() AS n
     FROM {db}.trace_times WHERE trace IN (${list})`,
    { signal, settings },
  )
  const [row] = times
  if (row === undefined || Number(row['n']) === 0) return toSpanRows(new Uint8Array(), index)
  const range = { startNs: BigInt(String(row['first'])), endNs: BigInt(String(row['last'])) + 1n }
  const answer = await client.native(
    `SELECT ${spanColumns(parts)} FROM {db}.spans WHERE ${whereTime(range)} AND trace IN (${list})
     ORDER BY trace, span, ts LIMIT ${maxSpans * 2 + 1}`,
    { signal, settings },
  )
  const rows = toSpanRows(answer, index)
  if (rows.length <= maxSpans) return rows
  throw new Problem('limit', `the traces have more than ${maxSpans} spans, which is the limit`)
}

/** See `SpansSource`. */
export async function readAttributeNames(
  { client, index }: SpanReaderOptions,
  range: SpanRange,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const whole = rangeOfSpans(index, range)
  if (whole === undefined) return []
  const slices = sliceRange(whole).map(
    (slice) =>
      `SELECT attrs.keys AS names FROM {db}.spans WHERE ${whereTime(slice)} LIMIT ${SAMPLED_SPANS_A_SLICE}`,
  )
  const rows = await client.rows(
    `SELECT arrayJoin(arraySort(groupUniqArrayArray(${MOST_NAMES})(names))) AS name FROM (${slices.join(' UNION ALL ')})`,
    { signal, settings: { ...SETTINGS, ...SMALL_BLOCKS } },
  )
  return rows.map((row) => String(row['name']))
}

/** See `SpansSource`. */
export async function readValues(
  { client, index }: SpanReaderOptions,
  of: { readonly attribute: string } | { readonly column: 'name' | 'message' },
  range: SpanRange,
  { signal, limit }: { readonly signal: AbortSignal; readonly limit: number },
): Promise<readonly string[]> {
  const whole = rangeOfSpans(index, range)
  if (whole === undefined) return []
  const value = 'column' in of ? of.column : `attrs[${literal(of.attribute)}]`
  const rows = await client.rows(
    `SELECT v, count() AS n FROM
       (SELECT ${value} AS v FROM {db}.spans WHERE ${whereTime(whole)} AND v != '' LIMIT ${SAMPLED_SPANS})
     GROUP BY v ORDER BY n DESC, v LIMIT ${Math.floor(limit)}`,
    { signal, settings: { ...SETTINGS, ...SMALL_BLOCKS } },
  )
  return rows.map((row) => String(row['v']))
}

/** Parts of a range of the same length. */
function sliceRange({ startNs, endNs }: SpanRange): SpanRange[] {
  const lengthNs = endNs - startNs
  return Array.from({ length: Number(SLICES) }, (_, i) => ({
    startNs: startNs + (lengthNs * BigInt(i)) / SLICES,
    endNs: startNs + (lengthNs * BigInt(i + 1)) / SLICES,
  })).filter((slice) => slice.startNs < slice.endNs)
}
