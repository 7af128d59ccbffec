import { decodeBlocks } from '../../formats/clickhouse-native/decode.ts'
import { isStale, wordsOf, writeStale } from '../../model/stale.ts'
import { Slices } from '../../self/loop-turns.ts'
import type { StoreClient } from '../client.ts'
import type { QueryBounds, SelectRequest } from '../metrics-source.ts'
import type { ColumnPool } from '../select/column-pool.ts'
import {
  type ChosenSeries,
  choose,
  type RefColumns,
  toSeriesColumns,
  tooManySamples,
} from '../select/hot-select.ts'
import { layOutRuns, RunList } from '../select/lay-out-runs.ts'
import { decimalId, positionsById } from '../select/read-samples.ts'
import type { SampleReader } from '../select/sample-reader.ts'
import type { SeriesIndex } from '../series/series-index.ts'
import type {
  BucketColumn,
  BucketedColumns,
  BucketPlan,
  BucketReading,
  BucketZone,
} from './bucket-columns.ts'
import { extraColumns, selectReading } from './bucket-sql.ts'

export interface BucketReaderOptions {
  readonly client: StoreClient
  readonly index: SeriesIndex
  readonly reader: SampleReader
  readonly pool: ColumnPool
}

/** Rows of one series after the other and of any number of answers, by number. */
interface RowSource {
  readonly rows: number
  readonly timestampsMs: Float64Array
  readonly values: Float64Array
  readonly words: Uint32Array
  /** By column; undefined of raw samples, which are buckets of one. */
  readonly extra: Partial<Record<BucketColumn, Float64Array>> | undefined
  /** Times of the staleness markers behind the samples. */
  readonly ends: Float64Array | undefined
}

/**
 * Answers a selection as planned: buckets of some stretches of time, raw samples of the others, in one list for each series. A column
 * beside the values costs as much of the bound on samples as half a sample. Rejects with `limit` past the bounds.
 */
export async function readBuckets(
  { client, index, reader, pool }: BucketReaderOptions,
  request: SelectRequest,
  plan: BucketPlan,
  bounds: QueryBounds,
): Promise<BucketedColumns> {
  const refs = reader.refsOf(request, bounds)
  // Taken now: while the engine reads, a series may be forgotten and its ref given to another.
  const labels = refs.map((ref) => index.labelsOf(ref))
  const series = choose(index, refs)
  const slices = new Slices(() => bounds.signal.throwIfAborted())
  const runs = new RunList()
  const sources: RowSource[] = []
  const names = extraColumns(plan.reading)
  const left = {
    signal: bounds.signal,
    maxSeries: bounds.maxSeries,
    maxSamples: Math.floor(bounds.maxSamples / (1 + names.length / 2)),
  }
  let count = 0
  const take = (source: RowSource): number => {
    sources.push(source)
    count += source.rows
    left.maxSamples -= source.rows
    if (left.maxSamples < 0) throw tooManySamples()
    return count - source.rows
  }
  if (refs.length > 0) {
    for (const { afterMs, untilMs } of stretches(plan.zones, ({ hasRaw }) => hasRaw)) {
      const startMs = Math.max(afterMs + 1, request.startMs)
      if (startMs > untilMs) continue
      const columns = await reader.read(series, startMs, untilMs, left)
      const from = take(rawSource(columns))
      const numbers = { ...columns, values: numbered(columns.values.length, from) }
      await runs.addColumns(numbers, Number.NEGATIVE_INFINITY, slices)
    }
    for (const sql of statements(index, series, plan)) {
      const positionOf = positionsById(index, series)
      for (const block of decodeBlocks(await client.native(sql, { signal: bounds.signal }))) {
        const timestampsMs = block.float64('t')
        const values = block.float64('v')
        const extra: Partial<Record<BucketColumn, Float64Array>> = {}
        for (const name of names) extra[name] = block.float64(name)
        const ends = plan.reading === 'last' ? block.float64('e') : undefined
        const source = { rows: block.rows, timestampsMs, values, words: wordsOf(values) }
        const numbers = numbered(block.rows, take({ ...source, extra, ends }))
        runs.addById(block.uint64Words('id'), positionOf, timestampsMs, numbers, 0)
        if (slices.spend(block.rows)) await slices.rest()
      }
    }
  }
  const laid = await layOutRuns(runs, refs, slices, pool)
  const gathered = await gather(laid, sources, plan.reading, slices)
  pool.give(laid.timestampsMs)
  pool.give(laid.values)
  return { ...toSeriesColumns(labels, gathered.columns), zones: plan.zones, extra: gathered.extra }
}

function rawSource({ timestampsMs, values }: RefColumns): RowSource {
  const rows = values.length
  return {
    rows,
    timestampsMs,
    values,
    words: wordsOf(values),
    extra: undefined,
    ends: undefined,
  }
}

function numbered(rows: number, from: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => from + i)
}

/** Zones that lie together, of those that are wanted. */
function stretches(
  zones: readonly BucketZone[],
  isWanted: (zone: BucketZone) => boolean,
): { afterMs: number; untilMs: number }[] {
  const found: { afterMs: number; untilMs: number }[] = []
  for (const zone of zones) {
    if (!isWanted(zone)) continue
    const last = found.at(-1)
    if (last?.untilMs === zone.afterMs) last.untilMs = zone.untilMs
    else found.push({ afterMs: zone.afterMs, untilMs: zone.untilMs })
  }
  return found
}

/** Series beyond which all of a metric are asked for. */
const ID_LIST_SHARE = 0.5

/** One statement a resolution. Everything in it is a whole number of our own; no text of a user reaches it. */
function* statements(
  index: SeriesIndex,
  { refs }: ChosenSeries,
  { zones, reading }: BucketPlan,
): Iterable<string> {
  const hashes = [...new Set(refs.map((ref) => index.metricHashOf(ref)))]
  const isLoose = refs.length >= ID_LIST_SHARE * index.sizeOfMetrics(hashes)
  const ids = isLoose ? '' : ` AND id IN (${refs.map((ref) => decimalId(index, ref)).join(',')})`
  for (const resolutionMs of new Set(zones.map((zone) => zone.resolutionMs))) {
    if (resolutionMs === 0) continue
    const own = zones.filter((zone) => zone.resolutionMs === resolutionMs)
    const makings = own.flatMap((zone) => zone.makings)
    const seconds = resolutionMs / 1000
    const borders = stretches(own, () => true).map(({ afterMs, untilMs }) => {
      // Whole buckets, that around the beginning, too: what of it counts is told by the time of its samples.
      const from = Math.floor(afterMs / resolutionMs) * seconds
      const to = (Math.ceil(untilMs / resolutionMs) - 1) * seconds
      return `start BETWEEN toDateTime(${from}, 'UTC') AND toDateTime(${to}, 'UTC')`
    })
    const samplesOnly = reading === 'last' ? '' : ' AND n > 0'
    yield `SELECT id, ${selectReading(reading)} FROM {db}.sample_buckets
      WHERE res = ${seconds} AND made IN (${makings.join(',')}) AND mh IN (${hashes.join(',')})${ids}
        AND (${borders.join(' OR ')})${samplesOnly}`
  }
}

interface Gathered {
  readonly columns: RefColumns
  readonly extra: Partial<Record<BucketColumn, Float64Array>>
}

/** Collects the rows that `laid` puts in order; its values are the numbers of rows. */
async function gather(
  laid: RefColumns,
  sources: readonly RowSource[],
  reading: BucketReading,
  slices: Slices,
): Promise<Gathered> {
  const { refs, offsets } = laid
  const total = laid.offsets[refs.length] as number
  const withMarkers = reading === 'last'
  const room = withMarkers ? total * 2 : total
  const out = {
    timestampsMs: new Float64Array(room),
    values: new Float64Array(room),
  }
  const words = wordsOf(out.values)
  const extra: Partial<Record<BucketColumn, Float64Array>> = {}
  for (const name of extraColumns(reading)) extra[name] = new Float64Array(room)
  const names = extraColumns(reading)
  const isWeighed = names.length > 0
  const ends = new Uint32Array(refs.length + 1)
  const find = finderOf(sources)
  let at = 0
  for (let position = 0; position < refs.length; position++) {
    const from = offsets[position] as number
    const to = offsets[position + 1] as number
    for (let k = from; k < to; k++) {
      const [source, row] = find(laid.values[k] as number)
      const timeMs = source.timestampsMs[row] as number
      if (isWeighed && source.extra === undefined && isStale(source.values, source.words, row))
        continue
      const endMs = source.ends?.[row] ?? 0
      if (endMs !== timeMs) {
        out.timestampsMs[at] = timeMs
        words[at * 2] = source.words[row * 2] as number
        words[at * 2 + 1] = source.words[row * 2 + 1] as number
        for (const name of names) {
          const column = extra[name] as Float64Array
          column[at] =
            source.extra?.[name]?.[row] ?? ofOne(name, timeMs, source.values[row] as number)
        }
        at++
      }
      if (endMs !== 0) {
        out.timestampsMs[at] = endMs
        writeStale(words, at)
        at++
      }
    }
    ends[position + 1] = at
    if (slices.spend((to - from) * (2 + names.length))) await slices.rest()
  }
  for (const name of names) extra[name] = (extra[name] as Float64Array).subarray(0, at)
  const columns = {
    refs,
    offsets: ends,
    timestampsMs: out.timestampsMs.subarray(0, at),
    values: out.values.subarray(0, at),
  }
  return { columns, extra }
}

/** Finds a row by its number; numbers that follow one another are found at once. */
function finderOf(sources: readonly RowSource[]): (number: number) => readonly [RowSource, number] {
  const starts: number[] = []
  let count = 0
  for (const source of sources) {
    starts.push(count)
    count += source.rows
  }
  let last = 0
  return (number) => {
    const start = starts[last] as number
    if (number < start || number >= start + (sources[last] as RowSource).rows) {
      let low = 0
      let high = starts.length - 1
      while (low < high) {
        const middle = (low + high + 1) >>> 1
        if ((starts[middle] as number) <= number) low = middle
        else high = middle - 1
      }
      last = low
    }
    return [sources[last] as RowSource, number - (starts[last] as number)]
  }
}

/** What a raw sample is as a bucket. */
function ofOne(name: BucketColumn, timeMs: number, value: number): number {
  switch (name) {
    case 'counts':
      return 1
    case 'sums':
    case 'firsts':
      return value
    case 'firstTimesMs':
      return timeMs
    case 'lost':
    case 'resets':
    case 'changes':
    case 'beforeTimesMs':
    case 'befores':
      return 0
    default:
      return name satisfies never
  }
}
