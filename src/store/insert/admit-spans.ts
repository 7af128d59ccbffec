import { Labels } from '../../model/labels.ts'
import type { SpanBatch } from '../../model/spans.ts'
import { EARLIEST_MS, LATEST_MS } from '../limits.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import type { TakenSpans } from './pending-spans.ts'

const NS_PER_MS = 1_000_000n
const REFUSED = -1

/** What of a batch is to be stored, and what is not. */
export interface AdmittedSpans {
  readonly taken: TakenSpans
  readonly refused: number
  readonly outOfBounds: number
}

export interface SpanAdmission {
  readonly index: SeriesIndex
  /** Whether another resource may be made. */
  readonly hasRoom: () => boolean
  readonly onNewResource: (ref: SeriesRef) => void
}

/** Finds the resource of each span, makes those that are new, and notes the times that resources have spans at. */
export function admitSpans(batch: SpanBatch, admission: SpanAdmission): AdmittedSpans {
  const { index } = admission
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
  let kept = 0
  let refused = 0
  let outOfBounds = 0
  for (let row = 0; row < rows.length; row++) {
    const ref = refs[batch.resourceIndex[row] as number] as number
    const timestampMs = Number((batch.startsNs[row] as bigint) / NS_PER_MS)
    if (ref === REFUSED) refused++
    else if (timestampMs < EARLIEST_MS || timestampMs >= LATEST_MS) outOfBounds++
    else {
      rows[kept++] = row
      index.touch(ref, timestampMs)
      index.touch(ref, timestampMs + 1)
    }
  }
  return { taken: { batch, refs, rows: rows.subarray(0, kept) }, refused, outOfBounds }
}
