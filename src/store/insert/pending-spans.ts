import type { SpanBatch } from '../../model/spans.ts'
import type { SeriesRef } from '../series/series-index.ts'

/** Bytes of a span besides its texts, about. */
const ROW_BYTES = 120
const ATTRIBUTE_BYTES = 8

/** A batch as it was taken: some of its rows may have been refused. */
export interface TakenSpans {
  readonly batch: SpanBatch
  /** By place in the batch's table of resources; -1 for those that were refused. */
  readonly refs: Int32Array
  /** Numbers of the rows to be stored. */
  readonly rows: Uint32Array
}

/** Spans that wait for the engine: the batches they came in. */
export class PendingSpans {
  readonly taken: TakenSpans[] = []
  rows = 0
  sizeBytes = 0

  push(taken: TakenSpans): void {
    this.taken.push(taken)
    this.rows += taken.rows.length
    this.sizeBytes += sizeOf(taken)
  }

  addRefsInUse(refs: Set<SeriesRef>): void {
    for (const taken of this.taken) for (const ref of taken.refs) if (ref >= 0) refs.add(ref)
  }
}

function sizeOf({ batch, rows }: TakenSpans): number {
  const texts = batch.strings.reduce((sum, text) => sum + text.length, 0)
  return texts + batch.attributes.keys.length * ATTRIBUTE_BYTES + rows.length * ROW_BYTES
}
