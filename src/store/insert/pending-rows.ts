import { wordsOf } from '../../model/stale.ts'
import type { SeriesRef } from '../series/series-index.ts'

/** Bytes of one row of the buffer. */
const PENDING_ROW_BYTES = 20

/** Samples that wait for the engine: growing columns, one row a sample. */
export class PendingRows {
  refs = new Int32Array(1024)
  timestampsMs = new Float64Array(1024)
  values = new Float64Array(1024)
  words = wordsOf(this.values)
  length = 0
  /** The earliest time in the buffer; +Infinity when it is empty. */
  oldestMs = Number.POSITIVE_INFINITY
  /** The same of those rows that were in the hot window when they came. */
  oldestHotMs = Number.POSITIVE_INFINITY

  push(ref: SeriesRef, timestampMs: number, low: number, high: number, isHot: boolean): void {
    const at = this.length
    if (at === this.refs.length) this.#grow()
    this.refs[at] = ref
    this.timestampsMs[at] = timestampMs
    this.words[at * 2] = low
    this.words[at * 2 + 1] = high
    if (timestampMs < this.oldestMs) this.oldestMs = timestampMs
    if (isHot && timestampMs < this.oldestHotMs) this.oldestHotMs = timestampMs
    this.length = at + 1
  }

  get sizeBytes(): number {
    return this.length * PENDING_ROW_BYTES
  }

  #grow(): void {
    const size = this.refs.length * 2
    const refs = new Int32Array(size)
    refs.set(this.refs)
    const times = new Float64Array(size)
    times.set(this.timestampsMs)
    const values = new Float64Array(size)
    const words = wordsOf(values)
    words.set(this.words)
    this.refs = refs
    this.timestampsMs = times
    this.values = values
    this.words = words
  }
}
