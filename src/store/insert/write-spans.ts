import type { StoreClient } from '../client.ts'
import { SPAN_BUCKET_NS } from '../schema.ts'
import type { SeriesRef } from '../series/series-index.ts'
import type { Block } from './blocks.ts'
import { floorNs, wordsOf } from './floor-ns.ts'
import { later, sendInserts, type Insert } from './inserts.ts'
import type { PendingSpans } from './pending-spans.ts'
import { planLabels, type LabelContext } from './plan-labels.ts'
import { spansBlock, type SpanSegment } from './spans-block.ts'
import { traceTimesBlock } from './trace-times-block.ts'
import { DAYS } from './stored-days.ts'

/** The engine holds an insert and its sorted copy: so many spans are some eight megabytes each. */
const ROWS_PER_INSERT = 16_384
/**
 * The engine folds repeated rows of an insert row by row, which costs more than storing them. They are folded by merges, and by whoever reads
 * until then, as those of different inserts are.
 */
const INSERT_SETTINGS = 'optimize_on_insert = 0'
const DAY_NS = 86_400_000_000_000
const BUCKET_NS = Number(SPAN_BUCKET_NS)

/** What a batch is cut into. */
interface SpanInserts {
  readonly resources: readonly Insert[]
  readonly spans: readonly Insert[]
  readonly times: readonly Insert[]
}

/** Spans taken from the buffer, cut into inserts once; what is done is remembered over retries. */
export class SpanRowBatch {
  readonly number: number
  readonly spans: PendingSpans
  inserts: SpanInserts | undefined

  constructor(number: number, spans: PendingSpans) {
    this.number = number
    this.spans = spans
  }

  get isEmpty(): boolean {
    return this.spans.rows === 0
  }

  get sizeBytes(): number {
    return this.spans.sizeBytes
  }

  /** The times of its spans, as numbers of `SPAN_BUCKET_NS` since 1970. */
  buckets(): ReadonlySet<number> {
    const found = new Set<number>()
    for (const { batch, rows } of this.spans.taken) {
      const words = wordsOf(batch.startsNs)
      for (const row of rows) found.add(floorNs(batch.startsNs, words, row, BUCKET_NS))
    }
    return found
  }
}

export interface SpanContext extends LabelContext {
  readonly client: StoreClient
  /** Tells the batches of this process from those of every other. */
  readonly origin: string
}

/**
 * Writes a batch: first the resources that are new on their day, then the spans of each partition and, beside them, from when to when their
 * traces have spans: what is on its way while the other is stored costs no time. An insert that is repeated may store rows a second time;
 * those are the same spans, and read as one. Resolves when all of it is durable.
 */
export async function writeSpans(batch: SpanRowBatch, context: SpanContext): Promise<void> {
  batch.inserts ??= planInserts(batch.spans, context)
  const { resources, spans, times } = batch.inserts
  const token = `${context.origin}-${batch.number}`
  await sendInserts(resources, `${token}-resources`, context.client)
  const sent = [
    sendInserts(spans, `${token}-spans`, context.client),
    sendInserts(times, `${token}-times`, context.client),
  ]
  // Nothing is repeated while a part of it is on its way.
  await Promise.allSettled(sent)
  await Promise.all(sent)
}

interface Group {
  readonly segments: SpanSegment[]
  readonly refs: Set<SeriesRef>
}

function planInserts(pending: PendingSpans, context: SpanContext): SpanInserts {
  const resources: Insert[] = []
  const spans: Insert[] = []
  const times: Insert[] = []
  const groups = groupByPartition(pending, context.keepOf)
  for (const [partition, { refs }] of groups)
    resources.push(...planLabels('resource_days', [...refs], partition, context))
  for (const [partition, { segments }] of groups) {
    const keepSeconds = Math.floor(partition / DAYS)
    for (const part of cut(segments)) {
      const block = (): Block => spansBlock(context.index, part, keepSeconds)
      spans.push(later('spans', block, INSERT_SETTINGS))
      times.push(later('trace_times', () => traceTimesBlock(part, keepSeconds, partition % DAYS)))
    }
  }
  return { resources, spans, times }
}

function groupByPartition(
  spans: PendingSpans,
  keepOf: (ref: SeriesRef) => number,
): Map<number, Group> {
  const groups = new Map<number, Group>()
  for (const taken of spans.taken) {
    const { batch, refs } = taken
    const rowsOf = new Map<number, number[]>()
    const words = wordsOf(batch.startsNs)
    for (const row of taken.rows) {
      const ref = refs[batch.resourceIndex[row] as number] as number
      const key = keepOf(ref) * DAYS + floorNs(batch.startsNs, words, row, DAY_NS)
      const rows = rowsOf.get(key)
      if (rows) rows.push(row)
      else rowsOf.set(key, [row])
    }
    for (const [key, rows] of rowsOf) {
      const group = groups.get(key) ?? { segments: [], refs: new Set<SeriesRef>() }
      groups.set(key, group)
      group.segments.push({ taken, rows })
      for (const row of rows) group.refs.add(refs[batch.resourceIndex[row] as number] as number)
    }
  }
  return groups
}

/** Segments in parts of a size that suits one insert. */
function cut(segments: readonly SpanSegment[]): SpanSegment[][] {
  const parts: SpanSegment[][] = []
  let part: SpanSegment[] = []
  let room = ROWS_PER_INSERT
  for (const { taken, rows } of segments) {
    for (let from = 0; from < rows.length;) {
      const some = rows.slice(from, from + room)
      part.push({ taken, rows: some })
      from += some.length
      room -= some.length
      if (room > 0) continue
      parts.push(part)
      part = []
      room = ROWS_PER_INSERT
    }
  }
  return part.length > 0 ? [...parts, part] : parts
}
