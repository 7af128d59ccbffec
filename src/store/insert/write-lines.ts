import type {
  ByteSlices,
  ColumnData,
  NativeColumn,
} from '../../formats/clickhouse-native/encode.ts'
import { encodeNativeBlock, mapOfLabels } from '../../formats/clickhouse-native/encode.ts'
import type { Labels } from '../../model/labels.ts'
import type { LogBatch } from '../../model/lines.ts'
import { SpareBuffers } from '../../self/memory/spare-buffers.ts'
import type { StoreClient } from '../client.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import type { Block } from './blocks.ts'
import { later, sendInserts, type Insert } from './inserts.ts'
import type { PendingLines, TakenLines } from './pending-lines.ts'
import { planLabels, type LabelContext } from './plan-labels.ts'
import { DAYS } from './stored-days.ts'

/** A larger insert costs memory here and in the engine without being faster. */
const BYTES_PER_INSERT = 16 * 1024 * 1024
const ROWS_PER_INSERT = 150_000
/** New parts are soon merged: only then are their rows folded. */
const INSERT_SETTINGS = 'optimize_on_insert = 0'
/**
 * The words of smaller parts are put into an index when they are merged: until then they are read as fast without. Those of larger ones
 * cost a fifth of the insert, and save a search for words six sevenths of what the newest lines cost it.
 */
const UNINDEXED_SETTINGS = `${INSERT_SETTINGS}, materialize_skip_indexes_on_insert = 0`
const LEAST_INDEXED_ROWS = 4096
const DAY_NS = 86_400_000_000_000n
/** A double is this far from a 64-bit time at most. */
const ROUNDING_DAYS = 1e-8
const TWO_32 = 4294967296

/** Blocks that the engine has taken. */
const spare = new SpareBuffers({
  largestBytes: 8 * 1024 * 1024,
  mostBytes: 8 * 1024 * 1024,
  idleMs: 5000,
})

/** Lines taken from the buffer, cut into inserts once; what is done is remembered over retries. */
export class LineRowBatch {
  readonly number: number
  readonly lines: PendingLines
  inserts: Insert[] | undefined

  constructor(number: number, lines: PendingLines) {
    this.number = number
    this.lines = lines
  }

  get isEmpty(): boolean {
    return this.lines.rows === 0
  }

  get sizeBytes(): number {
    return this.lines.sizeBytes
  }
}

export interface LineContext extends LabelContext {
  readonly client: StoreClient
  /** Tells the batches of this process from those of every other. */
  readonly origin: string
}

/**
 * Writes a batch: for each partition first the labels of streams that are new on its day, then the lines. An insert that is repeated
 * may store rows a second time; those are the same lines, and read as one.
 */
export async function writeLines(batch: LineRowBatch, context: LineContext): Promise<void> {
  batch.inserts ??= planInserts(batch.lines, context)
  await sendInserts(batch.inserts, `${context.origin}-${batch.number}`, context.client)
}

/** Rows of one batch that go into the same partition. */
interface Segment {
  readonly taken: TakenLines
  readonly rows: Uint32Array
}

interface Group {
  readonly segments: Segment[]
  readonly refs: Set<SeriesRef>
}

function planInserts(lines: PendingLines, context: LineContext): Insert[] {
  const groups = groupByPartition(lines, context.keepOf)
  const inserts: Insert[] = []
  for (const [partition, { refs }] of groups) {
    inserts.push(...planLabels('stream_days', [...refs], partition, context))
  }
  for (const [partition, { segments }] of groups) {
    const keepSeconds = Math.floor(partition / DAYS)
    for (const part of cut(segments)) {
      const block = (): Block => linesBlock(context.index, part, keepSeconds)
      const isIndexed = countRows(part) >= LEAST_INDEXED_ROWS
      inserts.push(later('lines', block, isIndexed ? INSERT_SETTINGS : UNINDEXED_SETTINGS))
    }
  }
  return inserts
}

function groupByPartition(
  lines: PendingLines,
  keepOf: (ref: SeriesRef) => number,
): Map<number, Group> {
  const groups = new Map<number, Group>()
  for (const taken of lines.taken) {
    for (const [key, rows] of rowsByPartition(taken, keepOf)) {
      const group = groups.get(key) ?? { segments: [], refs: new Set<SeriesRef>() }
      groups.set(key, group)
      group.segments.push({ taken, rows })
      addRefs(group.refs, taken, rows)
    }
  }
  return groups
}

/** Nearly every batch goes into one partition as a whole: then no list of rows is made. */
function rowsByPartition(
  { batch, refs, rows }: TakenLines,
  keepOf: (ref: SeriesRef) => number,
): ReadonlyMap<number, Uint32Array> {
  const keys = new Float64Array(rows.length)
  const words = wordsOf(batch.timestampsNs)
  let lastRef = -1
  let base = 0
  let isOne = true
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number
    const ref = refs[batch.streamIndex[row] as number] as number
    if (ref !== lastRef) base = keepOf(ref) * DAYS
    lastRef = ref
    keys[i] = base + dayAt(batch.timestampsNs, words, row)
    isOne &&= keys[i] === keys[0]
  }
  if (isOne) return new Map(rows.length === 0 ? [] : [[keys[0] as number, rows]])
  const lists = new Map<number, number[]>()
  for (let i = 0; i < rows.length; i++) {
    const list = lists.get(keys[i] as number)
    if (list === undefined) lists.set(keys[i] as number, [rows[i] as number])
    else list.push(rows[i] as number)
  }
  return new Map(Array.from(lists, ([key, list]) => [key, Uint32Array.from(list)]))
}

function addRefs(to: Set<SeriesRef>, { batch, refs }: TakenLines, rows: Uint32Array): void {
  let last = -1
  for (let i = 0; i < rows.length; i++) {
    const ref = refs[batch.streamIndex[rows[i] as number] as number] as number
    // Lines of one stream mostly follow each other.
    if (ref !== last) to.add(ref)
    last = ref
  }
}

/** Days since the epoch, without a BigInt for every row. */
function dayAt(times: BigInt64Array, words: Int32Array, row: number): number {
  const approximate =
    ((words[row * 2 + 1] as number) * TWO_32 + ((words[row * 2] as number) >>> 0)) / 8.64e13
  const day = Math.floor(approximate)
  const isNearMidnight = approximate - day < ROUNDING_DAYS || day + 1 - approximate < ROUNDING_DAYS
  return isNearMidnight ? Number((times[row] as bigint) / DAY_NS) : day
}

function wordsOf(times: BigInt64Array): Int32Array {
  return new Int32Array(times.buffer, times.byteOffset, times.length * 2)
}

/** Segments in parts of a size that suits one insert. */
function cut(segments: readonly Segment[]): Segment[][] {
  const parts: Segment[][] = []
  let part: Segment[] = []
  let bytes = 0
  let count = 0
  const close = (): void => {
    if (part.length > 0) parts.push(part)
    part = []
    bytes = 0
    count = 0
  }
  for (const { taken, rows } of segments) {
    let from = 0
    for (let i = 0; i < rows.length; i++) {
      bytes += lengthOf(taken.batch, rows[i] as number)
      count++
      if (bytes < BYTES_PER_INSERT && count < ROWS_PER_INSERT) continue
      part.push({ taken, rows: rows.subarray(from, i + 1) })
      from = i + 1
      close()
    }
    if (from < rows.length) part.push({ taken, rows: rows.subarray(from) })
  }
  close()
  return parts
}

function lengthOf({ ends }: LogBatch, row: number): number {
  return (ends[row] as number) - (row === 0 ? 0 : (ends[row - 1] as number))
}

function countRows(segments: readonly Segment[]): number {
  return segments.reduce((sum, { rows }) => sum + rows.length, 0)
}

/** Rows of `lines`. */
function linesBlock(index: SeriesIndex, segments: readonly Segment[], keepSeconds: number): Block {
  const count = countRows(segments)
  const low = new Uint32Array(count)
  const high = new Uint32Array(count)
  const times = new BigInt64Array(count)
  const words = wordsOf(times)
  const sequences = new Uint16Array(count)
  const isDescribed = segments.some(({ taken }) => taken.batch.metadata.length > 1)
  const metadata: Labels[] = []
  const bodies: ByteSlices[] = []
  let at = 0
  for (const { taken, rows } of segments) {
    const { batch, refs } = taken
    const from = wordsOf(batch.timestampsNs)
    const starts = new Uint32Array(rows.length)
    const ends = new Uint32Array(rows.length)
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number
      const ref = refs[batch.streamIndex[row] as number] as number
      low[at] = index.idLowOf(ref)
      high[at] = index.idHighOf(ref)
      words[at * 2] = from[row * 2] as number
      words[at * 2 + 1] = from[row * 2 + 1] as number
      sequences[at] = taken.sequences[row] as number
      starts[i] = row === 0 ? 0 : (batch.ends[row - 1] as number)
      ends[i] = batch.ends[row] as number
      if (isDescribed) {
        metadata.push(batch.metadata[batch.metadataIndex[row] as number] as Labels)
      }
      at++
    }
    bodies.push({ bytes: batch.bytes, starts, ends })
  }
  const columns: readonly NativeColumn[] = [
    { name: 'keep', data: { type: 'UInt32', values: new Uint32Array(count).fill(keepSeconds) } },
    { name: 'id', data: { type: 'UInt64', values: { low, high } } },
    { name: 'ts', data: { type: "DateTime64(9, 'UTC')", values: times } },
    { name: 'seq', data: { type: 'UInt16', values: sequences } },
    { name: 'body', data: { type: 'String', values: { parts: bodies } } },
    { name: 'meta', data: isDescribed ? mapOfLabels(metadata) : emptyMaps(count) },
  ]
  let room: Buffer | undefined
  const bytes = encodeNativeBlock(columns, (sizeBytes) => (room = spare.take(sizeBytes)))
  const giveBack = (): void => {
    if (room !== undefined) spare.give(room)
    room = undefined
  }
  return { names: columns.map(({ name }) => name), bytes, giveBack }
}

function emptyMaps(count: number): ColumnData {
  return { type: 'Map', offsets: new Uint32Array(count + 1), keys: [], values: [] }
}
