import { greatest, least } from '../../model/bigint-order.ts'
import { Problem } from '../../model/problem.ts'
import type { StoreClient } from '../client.ts'
import { SPAN_BUCKET_NS } from '../schema.ts'
import type { SeriesIndex } from '../series/series-index.ts'
import type { ReadSpansOptions, SpanCondition, SpanRange, SpanRows } from '../spans-source.ts'
import { literal, spanConditionSql } from './span-conditions.ts'
import { spanColumns, toSpanRows } from './span-rows.ts'
import { rangeOfSpans, whereBetween, whereTime } from './span-times.ts'

/** A window without many traces is followed by one that is so much longer. */
const LEAST_WIDENING = 2
const MOST_WIDENING = 8
/** A window is no longer than six hours, so that the one behind a gap does not read days at once; of many empty ones the next are longer. */
const LONGEST_WINDOW_NS = 36n * SPAN_BUCKET_NS
const EMPTY_BEFORE_LONGER = 8
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

/**
 * See `SpansSource`. The range is gone through from its end in windows, each as long as the one before promises to bring what is missing. The
 * next one is asked for while the traces of the last one are looked at, as long as they cannot be enough.
 */
export async function* findTraces(
  { client, index }: SpanReaderOptions,
  condition: SpanCondition,
  range: SpanRange,
  { signal, enough }: { readonly signal: AbortSignal; readonly enough: number },
): AsyncGenerator<readonly string[], void> {
  const whole = rangeOfSpans(index, range)
  if (whole === undefined) return
  const stop = new AbortController()
  const search = new WindowSearch(client, whole, {
    holds: spanConditionSql(condition, index),
    signal: AbortSignal.any([signal, stop.signal]),
    limit: Math.min(MOST_TRACES, Math.max(32, enough * 2)),
  })
  let named = 0
  let next = search.next()
  try {
    for (;;) {
      const fresh = await next
      if (fresh === undefined) return
      named += fresh.length
      const isMoreWanted = named < enough
      if (isMoreWanted) next = search.next()
      if (fresh.length > 0) yield fresh
      if (!isMoreWanted) next = search.next()
    }
  } finally {
    stop.abort()
    await next.catch(() => undefined)
  }
}

interface WindowOptions {
  /** The condition as SQL. */
  readonly holds: string
  readonly signal: AbortSignal
  /** Traces of one window. */
  readonly limit: number
}

class WindowSearch {
  readonly #client: StoreClient
  readonly #options: WindowOptions
  readonly #startNs: bigint
  readonly #seen = new Set<string>()
  #endNs: bigint
  #lengthNs = SPAN_BUCKET_NS
  #empty = 0

  constructor(client: StoreClient, { startNs, endNs }: SpanRange, options: WindowOptions) {
    this.#client = client
    this.#options = options
    this.#startNs = startNs
    this.#endNs = endNs
  }

  /** The traces of the next window that were in none before; undefined when there are no more windows. */
  async next(): Promise<readonly string[] | undefined> {
    const { holds, signal, limit } = this.#options
    const endNs = this.#endNs
    if (endNs <= this.#startNs) return undefined
    signal.throwIfAborted()
    const lastBucket = ((endNs - 1n) / SPAN_BUCKET_NS) * SPAN_BUCKET_NS
    const startNs = greatest(this.#startNs, lastBucket - (this.#lengthNs - SPAN_BUCKET_NS))
    const rows = await this.#client.rows(
      `SELECT lower(hex(trace)) AS id, toString(max(toUnixTimestamp64Nano(ts))) AS last FROM {db}.spans
       WHERE ${whereTime({ startNs, endNs })} AND ${holds} GROUP BY trace ORDER BY max(ts) DESC LIMIT ${limit}`,
      { signal, settings: SETTINGS },
    )
    const fresh = rows.map((row) => String(row['id'])).filter((id) => !this.#seen.has(id))
    for (const id of fresh) this.#seen.add(id)
    const oldestNs = rows.length === limit ? BigInt(String(rows.at(-1)?.['last'])) : undefined
    // Of traces with the same newest time as the last one there may be more: they come again and are left out above.
    this.#endNs = oldestNs === undefined || oldestNs + 1n >= endNs ? startNs : oldestNs + 1n
    this.#empty = rows.length === 0 ? this.#empty + 1 : 0
    if (oldestNs === undefined) this.#widen(rows.length)
    return fresh
  }

  /** The next window is so long that about as much is found in it as is wanted. */
  #widen(found: number): void {
    const wanted = Math.ceil(this.#options.limit / Math.max(1, found))
    const factor = BigInt(Math.min(MOST_WIDENING, Math.max(LEAST_WIDENING, wanted)))
    const doublings = BigInt(Math.floor(this.#empty / EMPTY_BEFORE_LONGER))
    this.#lengthNs = least(this.#lengthNs * factor, LONGEST_WINDOW_NS * 2n ** doublings)
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
  // One statement: when the traces are is looked up before the granules are chosen.
  const answer = await client.native(
    `WITH (SELECT (min(first), max(last)) FROM {db}.trace_times WHERE trace IN (${list})) AS times
     SELECT ${spanColumns(parts)} FROM {db}.spans WHERE ${whereBetween('times.1', 'times.2')} AND trace IN (${list})
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
