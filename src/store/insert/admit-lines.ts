import type { LogBatch } from '../../model/lines.ts'
import type { Labels } from '../../model/labels.ts'
import { EARLIEST_MS, LATEST_MS } from '../limits.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import type { LineSequences } from './line-sequences.ts'
import type { TakenLines } from './pending-lines.ts'

const TWO_32 = 4294967296
const NS_PER_MS = 1e6
const ROUNDING_MS = 0.001
/** Names of streams that a result carries. */
const SHOWN = 100
const REFUSED = -1

/** What of a batch is to be stored, and what is not. */
export interface AdmittedLines {
  readonly taken: TakenLines
  readonly refusedStreams: readonly Labels[]
  readonly refusedLines: number
  readonly outOfBounds: number
}

export interface LineAdmission {
  readonly index: SeriesIndex
  /** Whether another stream may be made. */
  readonly hasRoom: () => boolean
  readonly onNewStream: (ref: SeriesRef) => void
  readonly sequences: LineSequences
}

/** Finds the stream of each line, makes those that are new, and notes the times that streams have lines at. */
export function admitLines(batch: LogBatch, admission: LineAdmission): AdmittedLines {
  const { index } = admission
  const refusedStreams: Labels[] = []
  const refs = new Int32Array(batch.streams.length)
  for (let i = 0; i < refs.length; i++) {
    const labels = batch.streams[i] as Labels
    let ref = index.find(labels)
    if (ref < 0 && admission.hasRoom()) {
      ref = index.add(labels)
      admission.onNewStream(ref)
    }
    refs[i] = ref < 0 ? REFUSED : ref
    if (ref < 0 && refusedStreams.length < SHOWN) refusedStreams.push(labels)
  }
  const times = batch.timestampsNs
  const words = new Int32Array(times.buffer, times.byteOffset, times.length * 2)
  const rows = new Uint32Array(times.length)
  let kept = 0
  let refusedLines = 0
  let outOfBounds = 0
  for (let row = 0; row < times.length; row++) {
    const ref = refs[batch.streamIndex[row] as number] as number
    const low = (words[row * 2] as number) >>> 0
    const timestampMs = ((words[row * 2 + 1] as number) * TWO_32 + low) / NS_PER_MS
    if (ref === REFUSED) refusedLines++
    else if (timestampMs < EARLIEST_MS || timestampMs >= LATEST_MS) outOfBounds++
    else {
      rows[kept++] = row
      // A double may be some hundred nanoseconds beside the time: what is noted are bounds around it.
      index.touch(ref, timestampMs - ROUNDING_MS)
      index.touch(ref, timestampMs + ROUNDING_MS)
    }
  }
  const sequences = admission.sequences.number(batch, refs)
  const taken = { batch, refs, rows: rows.subarray(0, kept), sequences }
  return { taken, refusedStreams, refusedLines, outOfBounds }
}
