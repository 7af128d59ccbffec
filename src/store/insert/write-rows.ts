import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import type { StoreClient } from '../client.ts'
import { whereSelection } from '../select/read-samples.ts'
import {
  exemplarsBlock,
  histogramsBlock,
  metadataBlock,
  samplesBlock,
  seriesDaysBlock,
  type Block,
} from './blocks.ts'
import type { PendingExtras } from './extras.ts'
import type { PendingRows } from './pending-rows.ts'

const DAY_MS = 86_400_000
/** A larger insert costs the engine memory without being faster. */
const ROWS_PER_INSERT = 200_000
/** The bytes of a larger insert take too long to make. */
const LABELS_PER_INSERT = 10_000
/** More than the days until 2100: keys are made of a day and something else. */
const DAYS = 65_536
const REMEMBERED_DAYS = 500_000

/** One insert of a batch. The bytes are made when it is its turn. */
interface Insert {
  readonly table: string
  readonly block: () => Block
  /** Where a row may not be inserted twice: whether the rows are in the table. Elsewhere the table folds them. */
  readonly isThere?: () => Promise<boolean>
  readonly onDone?: () => void
  attempts: number
  done: boolean
}

/** Rows taken from the buffer, cut into inserts once; what is done is remembered over retries. */
export class RowBatch {
  readonly number: number
  readonly rows: PendingRows
  readonly extras: PendingExtras
  inserts: Insert[] | undefined

  constructor(number: number, rows: PendingRows, extras: PendingExtras) {
    this.number = number
    this.rows = rows
    this.extras = extras
  }

  get isEmpty(): boolean {
    return this.rows.length === 0 && this.extras.isEmpty
  }

  get sizeBytes(): number {
    return this.rows.sizeBytes + this.extras.sizeBytes
  }
}

/** Remembers on which days the labels of a series are stored. */
export class StoredDays {
  readonly #index: SeriesIndex
  readonly #others = new Set<number>()

  constructor(index: SeriesIndex) {
    this.#index = index
  }

  has(ref: SeriesRef, day: number): boolean {
    return this.#index.storedDayOf(ref) === day || this.#others.has(ref * DAYS + day)
  }

  add(ref: SeriesRef, day: number): void {
    const newest = this.#index.storedDayOf(ref)
    if (day > newest) {
      this.#index.setStoredDay(ref, day)
      return
    }
    if (this.#others.size >= REMEMBERED_DAYS) this.#others.clear()
    this.#others.add(ref * DAYS + day)
  }

  forget(ref: SeriesRef): void {
    this.#index.setStoredDay(ref, -1)
    if (this.#others.size > 0) this.#others.clear()
  }
}

interface WriteContext {
  readonly client: StoreClient
  readonly index: SeriesIndex
  readonly keepOf: (ref: SeriesRef) => number
  readonly storedDays: StoredDays
  /** Tells the batches of this process from those of every other. */
  readonly origin: string
}

/**
 * Writes a batch: for each day first the labels of series that are new on it, then the samples, so that no sample is ever
 * stored without its labels. Every insert is one part with a token of its own; one that was committed although its answer was lost
 * is not inserted twice.
 */
export async function writeRows(batch: RowBatch, context: WriteContext): Promise<void> {
  batch.inserts ??= planInserts(batch, context)
  for (const [number, insert] of batch.inserts.entries()) {
    if (insert.done) continue
    await send(insert, `${context.origin}-${batch.number}-${number}`, context.client)
    insert.done = true
    insert.onDone?.()
  }
}

/**
 * The engine notes a token before the part gets its final name. When it dies in between, the insert counts as a repetition for
 * ever although its rows are nowhere: so whoever repeats one must look, and may have to insert under another token.
 */
async function send(insert: Insert, token: string, client: StoreClient): Promise<void> {
  insert.attempts++
  const { names, bytes } = insert.block()
  if (insert.attempts === 1 || insert.isThere !== undefined) {
    await client.insertNative(insert.table, names, bytes, token)
    if (insert.attempts === 1 || (await insert.isThere?.()) === true) return
  }
  await client.insertNative(insert.table, names, bytes, `${token}-${insert.attempts}`)
}

/** The rows of one partition. */
interface DayGroup {
  readonly keepSeconds: number
  readonly day: number
  readonly rows: number[]
}

function planInserts(batch: RowBatch, context: WriteContext): Insert[] {
  const inserts: Insert[] = []
  const groups = groupByPartition(batch.rows, context.keepOf)
  const histograms = groupBy(
    batch.extras.histograms,
    ({ ref, timestampMs }) => context.keepOf(ref) * DAYS + dayOf(timestampMs),
  )
  for (const group of new Set([...groups.keys(), ...histograms.keys()])) {
    const rows = groups.get(group)
    const refs = rows === undefined ? [] : rows.rows.map((row) => batch.rows.refs[row] as number)
    refs.push(...(histograms.get(group) ?? []).map((histogram) => histogram.ref))
    inserts.push(...planLabels(refs, group, context))
  }
  for (const { rows, keepSeconds } of groups.values()) {
    for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) {
      const part = Int32Array.from(rows.slice(from, from + ROWS_PER_INSERT))
      inserts.push({
        ...later('samples', () => samplesBlock(context.index, batch.rows, part, keepSeconds)),
        isThere: () => holdsRow(context, batch.rows, part[0] as number),
      })
    }
  }
  for (const [key, list] of histograms) {
    inserts.push(
      later('histograms', () => histogramsBlock(context.index, list, Math.floor(key / DAYS))),
    )
  }
  const { exemplars, metadata } = batch.extras
  // The engine refuses a block of more than a hundred partitions.
  for (const day of groupBy(exemplars, ({ timestampMs }) => dayOf(timestampMs)).values()) {
    inserts.push(later('exemplars', () => exemplarsBlock(context.index, day)))
  }
  if (metadata.length > 0) inserts.push(later('metric_metadata', () => metadataBlock(metadata)))
  return inserts
}

function later(table: string, block: () => Block): Insert {
  return { table, block, attempts: 0, done: false }
}

/** Whether a row of the buffer is in the table. */
async function holdsRow(
  { client, index }: WriteContext,
  rows: PendingRows,
  row: number,
): Promise<boolean> {
  const timestampMs = rows.timestampsMs[row] as number
  const selection = { refs: [rows.refs[row] as number], startMs: timestampMs, endMs: timestampMs }
  const where = whereSelection(index, selection, 'always-by-id')
  return (await client.rows(`SELECT 1 FROM {db}.samples WHERE ${where} LIMIT 1`)).length > 0
}

/** The inserts of the labels that are not stored for this day yet, if there are any. */
function planLabels(refs: readonly SeriesRef[], group: number, context: WriteContext): Insert[] {
  const day = group % DAYS
  const keepSeconds = Math.floor(group / DAYS)
  const fresh = [...new Set(refs)].filter((ref) => !context.storedDays.has(ref, day))
  const inserts: Insert[] = []
  for (let from = 0; from < fresh.length; from += LABELS_PER_INSERT) {
    const part = fresh.slice(from, from + LABELS_PER_INSERT)
    inserts.push({
      ...later('series_days', () => seriesDaysBlock(context.index, part, keepSeconds, day)),
      onDone: () => {
        for (const ref of part) {
          // With another retention meanwhile, they are not stored where its samples will be.
          if (context.keepOf(ref) === keepSeconds) context.storedDays.add(ref, day)
        }
      },
    })
  }
  return inserts
}

function groupByPartition(
  rows: PendingRows,
  keepOf: (ref: SeriesRef) => number,
): Map<number, DayGroup> {
  const groups = new Map<number, DayGroup>()
  let lastKey = -1
  let last: DayGroup | undefined
  for (let row = 0; row < rows.length; row++) {
    const day = dayOf(rows.timestampsMs[row] as number)
    const keepSeconds = keepOf(rows.refs[row] as number)
    const key = keepSeconds * DAYS + day
    if (key !== lastKey || last === undefined) {
      last = groups.get(key)
      if (last === undefined) groups.set(key, (last = { keepSeconds, day, rows: [] }))
      lastKey = key
    }
    last.rows.push(row)
  }
  return groups
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** Days since the epoch. */
function dayOf(timestampMs: number): number {
  return Math.floor(timestampMs / DAY_MS)
}
