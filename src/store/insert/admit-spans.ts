import { Labels } from '../../model/labels.ts'
import type { SpanBatch } from '../../model/spans.ts'
import { EARLIEST_MS, LATEST_MS } from '../limits.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import { floorNs, wordsOf } from './floor-ns.ts'
import type { TakenSpans } from './pending-spans.ts'
import type { TraceSizes } from './trace-sizes.ts'

const NS_PER_MS = 1_000_000
const REFUSED = -1
const TRACE_ID_BYTES = 16

/** What of a batch is to be stored, and what is not. */
export interface AdmittedSpans {
  readonly taken: TakenSpans
  readonly refused: number
  readonly outOfBounds: number
  readonly tooLarge: number
}

export interface SpanAdmission {
  readonly index: SeriesIndex
  /** Whether another resource may be made. */
  readonly hasRoom: () => boolean
  readonly onNewResource: (ref: SeriesRef) => void
  readonly traces: TraceSizes
  readonly nowMs: number
}

/** Finds the resource of each span, makes those that are new, and notes the times that resources have spans at. */
export function admitSpans(batch: SpanBatch, admission: SpanAdmission): AdmittedSpans {
  const { index, traces, nowMs } = admission
  const { traceIds } = batch
  const ids = new DataView(traceIds.buffer, traceIds.byteOffset, traceIds.byteLength)
  const refs = new Int32Array(batch.resources.length)
  for (let i = 0; i < refs.length; i++) {
    const labels = Labels.fromPairs(batch.resources[i] ?? [])
    let ref = index.find(labels)
    if (ref < 0 && admission.hasRoom()) {
      ref = index.add(labels)
      admission.onNewResource(ref)
    }
    refs[i] = ref < 0 ? REFUSED : ref
  }
  const rows = new Uint32Array(batch.startsNs.length)
  const words = wordsOf(batch.startsNs)
  let kept = 0
  let refused = 0
  let outOfBounds = 0
  let tooLarge = 0
  for (let row = 0; row < rows.length; row++) {
    const ref = refs[batch.resourceIndex[row] as number] as number
    const timestampMs = floorNs(batch.startsNs, words, row, NS_PER_MS)
    if (ref === REFUSED) refused++
    else if (timestampMs < EARLIEST_MS || timestampMs >= LATEST_MS) outOfBounds++
    else if (!traces.admit(ids, row * TRACE_ID_BYTES, nowMs)) tooLarge++
    else {
      rows[kept++] = row
      index.touch(ref, timestampMs)
      index.touch(ref, timestampMs + 1)
    }
  }
  return { taken: { batch, refs, rows: rows.subarray(0, kept) }, refused, outOfBounds, tooLarge }
}
