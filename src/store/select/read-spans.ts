import { Problem } from '../../model/problem.ts'
import type { ReadSpansOptions, SpanRange, SpanRows } from '../spans-source.ts'
import type { SpanReaderOptions } from './find-traces.ts'
import { literal } from './sql-literal.ts'
import { spanColumns, toSpanRows } from './span-rows.ts'
import { rangeOfSpans, whereBuckets, whereTime } from './span-times.ts'

/** Names and values are taken of some spans of each of so many parts of the range. */
const SLICES = 8n
/** Spans of a part that names of attributes are taken of. */
const NAMED_SPANS = 25_000
/** Spans of a part that have a value: all attributes of a span are read for that of one, but names and messages by themselves. */
const SPANS_WITH_ATTRIBUTE = 16_384
const SPANS_WITH_TEXT = 62_500
const MOST_NAMES = 10_000
/** All keys of the spans of a block are in memory at once. */
const SMALL_BLOCKS = { max_block_size: 8192, preferred_block_size_bytes: 262_144, max_threads: 1 }
/** The same of attributes: with blocks of the engine's own size, of a megabyte, a value costs a third less than with smaller ones. */
const BLOCKS_OF_VALUES = { max_block_size: 8192, max_threads: 1 }
const MAX_ANSWER_BYTES = 128 * 1024 * 1024
const SETTINGS = { max_query_size: 1_000_000, max_result_bytes: MAX_ANSWER_BYTES }
/** The spans of one trace are in a granule or two: a thread more costs more than it brings. */
const FOR_ONE_TRACE = { ...SETTINGS, max_threads: 1 }
const TRACE_ID = /^[0-9a-f]{32}$/

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
  // One statement: in which buckets the traces are is looked up before the granules are chosen.
  const answer = await client.native(
    `SELECT ${spanColumns(parts)} FROM {db}.spans
     WHERE ${whereBuckets(`SELECT first, last FROM {db}.trace_times WHERE trace IN (${list})`)} AND trace IN (${list})
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
      `SELECT attrs.keys AS names FROM {db}.spans WHERE ${whereTime(slice)} LIMIT ${NAMED_SPANS}`,
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
  const [value, most] =
    'column' in of
      ? [of.column, SPANS_WITH_TEXT]
      : [`attrs[${literal(of.attribute)}]`, SPANS_WITH_ATTRIBUTE]
  const slices = sliceRange(whole).map(
    (slice) =>
      `SELECT ${value} AS v FROM {db}.spans WHERE ${whereTime(slice)} AND v != '' LIMIT ${most}`,
  )
  const rows = await client.rows(
    `SELECT v, count() AS n FROM (${slices.join(' UNION ALL ')})
     GROUP BY v ORDER BY n DESC, v LIMIT ${Math.floor(limit)}`,
    { signal, settings: { ...SETTINGS, ...BLOCKS_OF_VALUES } },
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
