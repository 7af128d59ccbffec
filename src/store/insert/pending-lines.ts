import type { LogBatch } from '../../model/lines.ts'
import type { SeriesRef } from '../series/series-index.ts'

/** Bytes of a row besides its text. */
const ROW_BYTES = 24

/** A batch as it was taken: some of its rows may have been refused. */
export interface TakenLines {
  readonly batch: LogBatch
  /** By place in the batch's table of streams; -1 for those that were refused. */
  readonly refs: Int32Array
  /** Numbers of the rows to be stored. */
  readonly rows: Uint32Array
  /** Of every row of the batch: its place among the lines of its stream and nanosecond. */
  readonly sequences: Uint16Array
}

/** Log lines that wait for the engine: the batches they came in. */
export class PendingLines {
  readonly taken: TakenLines[] = []
  rows = 0
  sizeBytes = 0

  push(taken: TakenLines): void {
    this.taken.push(taken)
    this.rows += taken.rows.length
    this.sizeBytes += taken.batch.bytes.length + taken.rows.length * ROW_BYTES
  }

  addRefsInUse(refs: Set<SeriesRef>): void {
    for (const taken of this.taken) for (const ref of taken.refs) if (ref >= 0) refs.add(ref)
  }
}
