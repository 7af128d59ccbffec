import { setImmediate } from 'node:timers/promises'
import { decodeNative, type NativeBlock } from '../../formats/clickhouse-native/decode.ts'
import { Problem } from '../../model/problem.ts'
import { wordsOf } from '../../model/stale.ts'
import type { StoreClient } from '../client.ts'
import type { QueryBounds } from '../metrics-source.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import type { RefColumns } from './hot-select.ts'

const BUCKET_MS = 7_200_000
/** Beyond this share of a metric's series, reading all of them is cheaper than a list of ids. */
const ID_LIST_SHARE = 0.5
const SLICE_MS = 15

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
  const metrics = new Map<number, number>()
  for (const ref of selection.refs) {
    const hash = index.metricHashOf(ref)
    metrics.set(hash, (metrics.get(hash) ?? 0) + 1)
  }
  const from = Math.floor(selection.startMs)
  const to = Math.ceil(selection.endMs)
  const clauses = [
    `mh IN (${[...metrics.keys()].join(',')})`,
    `intDiv(toUnixTimestamp64Milli(ts), ${BUCKET_MS}) BETWEEN ${Math.floor(from / BUCKET_MS)} AND ${Math.floor(to / BUCKET_MS)}`,
    `ts BETWEEN fromUnixTimestamp64Milli(${from}, 'UTC') AND fromUnixTimestamp64Milli(${to}, 'UTC')`,
  ]
  const known = index.sizeOfMetrics(metrics.keys())
  if (ids === 'always-by-id' || selection.refs.length < ID_LIST_SHARE * known) {
    clauses.push(`id IN (${selection.refs.map((ref) => decimalId(index, ref)).join(',')})`)
  }
  return clauses.join(' AND ')
}

/** The stored id of a series in decimal notation. */
export function decimalId(index: SeriesIndex, ref: SeriesRef): string {
  return ((BigInt(index.idHighOf(ref)) << 32n) | BigInt(index.idLowOf(ref))).toString()
}

/**
 * Reads the samples of a selection from the engine. Rows arrive in the order of the table, so a series' samples come as runs
 * that are already in order of time; they are laid one after the other. Rejects with `limit` past `maxSamples`.
 */
export async function readSamples(
  client: StoreClient,
  index: SeriesIndex,
  selection: Selection,
  bounds: QueryBounds,
): Promise<RefColumns> {
  const bytes = await client.native(
    `SELECT id, ts, v FROM {db}.samples WHERE ${whereSelection(index, selection)}
     ORDER BY mh, intDiv(toUnixTimestamp64Milli(ts), ${BUCKET_MS}), id, ts LIMIT ${bounds.maxSamples + 1}`,
    { signal: bounds.signal },
  )
  const blocks = decodeNative(bytes)
  let rows = 0
  for (const block of blocks) rows += block.rows
  if (rows > bounds.maxSamples) {
    throw new Problem('limit', 'query processing would load too many samples into memory in query execution')
  }
  return layOut(blocks, index, selection.refs)
}

/** A stretch of rows of one block that belong to one series. */
interface Runs {
  readonly block: number[]
  readonly from: number[]
  readonly to: number[]
  readonly position: number[]
}

async function layOut(
  blocks: readonly NativeBlock[],
  index: SeriesIndex,
  refs: readonly SeriesRef[],
): Promise<RefColumns> {
  const positionOf = new Map<SeriesRef, number>()
  for (let i = 0; i < refs.length; i++) positionOf.set(refs[i] as number, i)
  const runs: Runs = { block: [], from: [], to: [], position: [] }
  const counts = new Uint32Array(refs.length)
  let sliceStart = performance.now()
  for (const [number, block] of blocks.entries()) {
    findRuns(block, number, index, positionOf, runs, counts)
    if (performance.now() - sliceStart > SLICE_MS) {
      await setImmediate()
      sliceStart = performance.now()
    }
  }
  const offsets = new Uint32Array(refs.length + 1)
  for (let i = 0; i < refs.length; i++) offsets[i + 1] = (offsets[i] as number) + (counts[i] as number)
  const total = offsets[refs.length] as number
  const timestampsMs = new Float64Array(total)
  const values = new Float64Array(total)
  const cursor = offsets.slice()
  const times = blocks.map((block) => block.float64('ts'))
  const floats = blocks.map((block) => block.float64('v'))
  for (let i = 0; i < runs.block.length; i++) {
    const block = runs.block[i] as number
    const from = runs.from[i] as number
    const to = runs.to[i] as number
    const position = runs.position[i] as number
    const at = cursor[position] as number
    timestampsMs.set((times[block] as Float64Array).subarray(from, to), at)
    values.set((floats[block] as Float64Array).subarray(from, to), at)
    cursor[position] = at + (to - from)
    if ((i & 1023) === 0 && performance.now() - sliceStart > SLICE_MS) {
      await setImmediate()
      sliceStart = performance.now()
    }
  }
  return foldDuplicates({ refs, offsets, timestampsMs, values })
}

function findRuns(
  block: NativeBlock,
  number: number,
  index: SeriesIndex,
  positionOf: ReadonlyMap<SeriesRef, number>,
  runs: Runs,
  counts: Uint32Array,
): void {
  const id = block.uint64Words('id')
  let from = 0
  while (from < block.rows) {
    const low = id[from * 2] as number
    const high = id[from * 2 + 1] as number
    let to = from + 1
    while (to < block.rows && id[to * 2] === low && id[to * 2 + 1] === high) to++
    const position = positionOf.get(index.findById(low, high))
    if (position !== undefined) {
      runs.block.push(number)
      runs.from.push(from)
      runs.to.push(to)
      runs.position.push(position)
      counts[position] = (counts[position] as number) + (to - from)
    }
    from = to
  }
}

/**
 * Admission stores a sample once. What could still bring one twice is an insert that was repeated past the engine's memory of
 * tokens, so equal times are folded here too, the first kept.
 */
function foldDuplicates(columns: RefColumns): RefColumns {
  const { timestampsMs, offsets } = columns
  let clean = true
  for (let i = 0; i < columns.refs.length && clean; i++) {
    for (let k = (offsets[i] as number) + 1; k < (offsets[i + 1] as number); k++) {
      if ((timestampsMs[k] as number) <= (timestampsMs[k - 1] as number)) {
        clean = false
        break
      }
    }
  }
  if (clean) return columns
  const times = new Float64Array(timestampsMs.length)
  const values = new Float64Array(timestampsMs.length)
  const from = wordsOf(columns.values)
  const to = wordsOf(values)
  const folded = new Uint32Array(offsets.length)
  let at = 0
  for (let i = 0; i < columns.refs.length; i++) {
    const rows: number[] = []
    for (let k = offsets[i] as number; k < (offsets[i + 1] as number); k++) rows.push(k)
    rows.sort((a, b) => (timestampsMs[a] as number) - (timestampsMs[b] as number) || a - b)
    let last = Number.NEGATIVE_INFINITY
    for (const row of rows) {
      const time = timestampsMs[row] as number
      if (time === last) continue
      last = time
      times[at] = time
      to[at * 2] = from[row * 2] as number
      to[at * 2 + 1] = from[row * 2 + 1] as number
      at++
    }
    folded[i + 1] = at
  }
  return { refs: columns.refs, offsets: folded, timestampsMs: times.subarray(0, at), values: values.subarray(0, at) }
}
