import { decodeBlocks } from '../../formats/clickhouse-native/decode.ts'
import type { Slices } from '../../self/loop-turns.ts'
import type { StoreClient } from '../client.ts'
import { EARLIEST_MS, LATEST_MS } from '../limits.ts'
import type { QueryBounds } from '../metrics-source.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import type { ColumnPool } from './column-pool.ts'
import { type ChosenSeries, tooManySamples, type RefColumns } from './hot-select.ts'
import { layOutRuns, RunList } from './lay-out-runs.ts'

const BUCKET_MS = 7_200_000
/** Beyond this share of a metric's series, reading all of them is cheaper than a list of ids. */
const ID_LIST_SHARE = 0.5
/** Times are sent as 32-bit distances from the start where the range allows it. */
const NARROW_RANGE_MS = 2 ** 32

export interface Selection {
  readonly refs: readonly SeriesRef[]
  readonly startMs: number
  readonly endMs: number
}

/**
 * The WHERE clause of a selection. Everything in it is a whole number of our own; no text of a user reaches it.
 */
export function whereSelection(
  index: SeriesIndex,
  selection: Selection,
  ids: 'when-shorter' | 'always-by-id' = 'when-shorter',
): string {
  const metrics = new Set(selection.refs.map((ref) => index.metricHashOf(ref)))
  const from = Math.floor(Math.max(selection.startMs, EARLIEST_MS))
  const to = Math.ceil(Math.min(selection.endMs, LATEST_MS))
  const clauses = [
    `mh IN (${[...metrics].join(',')})`,
    `intDiv(toUnixTimestamp64Milli(ts), ${BUCKET_MS}) BETWEEN ${Math.floor(from / BUCKET_MS)} AND ${Math.floor(to / BUCKET_MS)}`,
    `ts BETWEEN fromUnixTimestamp64Milli(${from}, 'UTC') AND fromUnixTimestamp64Milli(${to}, 'UTC')`,
  ]
  const known = index.sizeOfMetrics(metrics)
  if (ids === 'always-by-id' || selection.refs.length < ID_LIST_SHARE * known) {
    clauses.push(`id IN (${selection.refs.map((ref) => decimalId(index, ref)).join(',')})`)
  }
  return clauses.join(' AND ')
}

/** Whether samples of other series of the same metrics come along when no ids are listed. */
function isLoose(index: SeriesIndex, refs: readonly SeriesRef[]): boolean {
  return refs.length < index.sizeOfMetrics(new Set(refs.map((ref) => index.metricHashOf(ref))))
}

/** The stored id of a series in decimal notation. */
export function decimalId(index: SeriesIndex, ref: SeriesRef): string {
  return ((BigInt(index.idHighOf(ref)) << 32n) | BigInt(index.idLowOf(ref))).toString()
}

/** What is read of the engine. */
export interface OlderSelection {
  readonly series: ChosenSeries
  readonly startMs: number
  readonly endMs: number
}

/** What `readSamples` puts behind the samples of the engine: of each series what is at `fromMs` or later, -Infinity for all. */
export interface RecentColumns {
  readonly columns: RefColumns
  readonly fromMs: number
}

/**
 * Reads the samples of a selection from the engine. Rows are asked for as narrow as they can be (half of an id where that tells
 * the series apart, times as distances) and in no order: each block holds runs of one series in order of time, and laying the runs
 * out here is cheaper than a merge there. Rejects with `limit` past `maxSamples`, those of `recent` not counted.
 */
export async function readSamples(
  client: StoreClient,
  index: SeriesIndex,
  { series, startMs, endMs }: OlderSelection,
  recent: RecentColumns,
  bounds: QueryBounds,
  slices: Slices,
  pool: ColumnPool,
): Promise<RefColumns> {
  const { refs } = series
  const selection = { refs, startMs, endMs }
  const baseMs = Math.floor(Math.max(startMs, EARLIEST_MS))
  const isNarrow = endMs - baseMs < NARROW_RANGE_MS
  const byLow = positionsByLowId(index, series)
  const id = byLow === undefined ? 'id' : 'toUInt32(id) AS id'
  const time = isNarrow
    ? `toUInt32(toUnixTimestamp64Milli(ts) - ${baseMs}) AS t`
    : `toUnixTimestamp64Milli(ts) - ${baseMs} AS t`
  // Made now: while the engine reads, a series may be forgotten and its ref given to another.
  const byId = byLow === undefined ? positionsById(index, series) : undefined
  const comesWithOthers = isLoose(index, refs)
  /** Undefined when there is too much. */
  const read = async (condition: string): Promise<RunList | undefined> => {
    const bytes = await client.native(
      `SELECT ${id}, ${time}, v FROM (SELECT id, ts, v FROM {db}.samples WHERE ${condition}) LIMIT ${bounds.maxSamples + 1}`,
      { signal: bounds.signal },
    )
    const runs = new RunList()
    let rows = 0
    for (const block of decodeBlocks(bytes)) {
      rows += block.rows
      if (rows > bounds.maxSamples) return undefined
      const times = isNarrow ? block.uint32('t') : block.float64('t')
      const values = block.float64('v')
      if (byLow !== undefined) runs.addByLowId(block.uint32('id'), byLow, times, values, baseMs)
      else if (byId !== undefined)
        runs.addById(block.uint64Words('id'), byId, times, values, baseMs)
      if (slices.spend(block.rows)) await slices.rest()
    }
    return runs
  }
  let runs = await read(whereSelection(index, selection))
  if (runs === undefined && comesWithOthers) {
    runs = await read(whereSelection(index, selection, 'always-by-id'))
  }
  if (runs === undefined) throw tooManySamples()
  if (runs.length === 0 && recent.fromMs === Number.NEGATIVE_INFINITY) return recent.columns
  if (recent.columns.values.length > 0) {
    await runs.addColumns(recent.columns, recent.fromMs, slices)
  }
  return layOutRuns(runs, refs, slices, pool)
}

/**
 * From the low half of an id to the position of its series; undefined when two of the series share one. Series that were forgotten
 * have no position, so that rows of others that have their refs now are passed over.
 */
function positionsByLowId(
  index: SeriesIndex,
  { refs, stamps }: ChosenSeries,
): ReadonlyMap<number, number> | undefined {
  const positions = new Map<number, number>()
  let count = 0
  for (let i = 0; i < refs.length; i++) {
    const ref = refs[i] as number
    if (index.stampOf(ref) !== stamps[i]) continue
    positions.set(index.idLowOf(ref), i)
    count++
  }
  // Other series of the same metrics may come along; one that shares a half with a wanted one must not pass for it.
  return positions.size === count && index.isLowIdUnique(refs) ? positions : undefined
}

/** From both halves of an id to the position of its series, of those that are not forgotten. */
export function positionsById(
  index: SeriesIndex,
  { refs, stamps }: ChosenSeries,
): (low: number, high: number) => number | undefined {
  const byLow = new Map<number, Map<number, number>>()
  for (let i = 0; i < refs.length; i++) {
    const ref = refs[i] as number
    if (index.stampOf(ref) !== stamps[i]) continue
    const byHigh = byLow.get(index.idLowOf(ref)) ?? new Map<number, number>()
    byLow.set(index.idLowOf(ref), byHigh.set(index.idHighOf(ref), i))
  }
  return (low, high) => byLow.get(low)?.get(high)
}
