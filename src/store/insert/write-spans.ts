import type { StoreClient } from '../client.ts'
import { SPAN_BUCKET_NS } from '../schema.ts'
import type { SeriesRef } from '../series/series-index.ts'
import { floorNs, wordsOf } from './floor-ns.ts'
import { later, sendInserts, type Insert } from './inserts.ts'
import type { PendingSpans } from './pending-spans.ts'
import { planLabels, type LabelContext } from './plan-labels.ts'
import { spansBlock, type SpanSegment } from './spans-block.ts'
import { traceTimesBlock } from './trace-times-block.ts'
import { DAYS } from './stored-days.ts'

/** The engine holds an insert and its sorted copy: so many spans are some eight megabytes each. */
const ROWS_PER_INSERT = 16_384
const DAY_NS = 86_400_000_000_000
const BUCKET_NS = Number(SPAN_BUCKET_NS)

/** Spans taken from the buffer, cut into inserts once; what is done is remembered over retries. */
export class SpanRowBatch {
  readonly number: number
  readonly spans: PendingSpans
  inserts: Insert[] | undefined

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
 * Writes a batch: for each partition first the resources that are new on its day, then the spans, then from when to when their traces
 * have spans. An insert that is repeated may store rows a second time; those are the same spans, and read as one.
 */
export async function writeSpans(batch: SpanRowBatch, context: SpanContext): Promise<void> {
  batch.inserts ??= planInserts(batch.spans, context)
  await sendInserts(batch.inserts, `${context.origin}-${batch.number}`, context.client)
}

interface Group {
  readonly segments: SpanSegment[]
  readonly refs: Set<SeriesRef>
}

function planInserts(spans: PendingSpans, context: SpanContext): Insert[] {
  const groups = groupByPartition(spans, context.keepOf)
  const inserts: Insert[] = []
  for (const [partition, { refs }] of groups)
    inserts.push(...planLabels('resource_days', [...refs], partition, context))
  for (const [partition, { segments }] of groups) {
    const keepSeconds = Math.floor(partition / DAYS)
    for (const part of cut(segments)) {
      inserts.push(later('spans', () => spansBlock(context.index, part, keepSeconds)))
      inserts.push(later('trace_times', () => traceTimesBlock(part, keepSeconds, partition % DAYS)))
    }
  }
  return inserts
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
