import type { SeriesRef } from '../series/series-index.ts'
import type { StoreClient } from '../client.ts'
import { whereSelection } from '../select/read-samples.ts'
import { exemplarsBlock, histogramsBlock, metadataBlock, samplesBlock } from './blocks.ts'
import type { PendingExtras } from './extras.ts'
import { later, sendInserts, type Insert } from './inserts.ts'
import type { PendingRows } from './pending-rows.ts'
import { planLabels, type LabelContext } from './plan-labels.ts'
import { dayOf, DAYS } from './stored-days.ts'

/** A larger insert costs the engine memory without being faster. */
const ROWS_PER_INSERT = 200_000

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

interface WriteContext extends LabelContext {
  readonly client: StoreClient
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
  await sendInserts(batch.inserts, `${context.origin}-${batch.number}`, context.client)
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
    inserts.push(...planLabels('series_days', refs, group, context))
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
