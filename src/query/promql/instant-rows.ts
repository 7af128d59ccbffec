import type { Labels } from '../../model/labels.ts'
import { isStale } from '../../model/stale.ts'
import type { RawColumns } from './context.ts'
import type { Rows } from './grid.ts'
import type { LookTimes } from './times.ts'

/** What an instant selector yields for a sample: its value, or when it was taken (seconds, milliseconds). */
export type Reading = 'value' | 'seconds' | 'milliseconds'

/** The first index in `from … to` whose timestamp is after `timestampMs`. */
export function firstAfter(
  timestampsMs: Float64Array,
  from: number,
  to: number,
  timestampMs: number,
): number {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((timestampsMs[middle] as number) <= timestampMs) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * The newest sample of each series at each look time, at most (and not exactly) the lookback old; a staleness marker ends the
 * series. `lookbackAt` tells the lookback of a time, where that is not always the same.
 */
export class InstantRows implements Rows {
  readonly labels: readonly Labels[]
  readonly #columns: RawColumns
  readonly #times: LookTimes
  readonly #steps: number
  readonly #lookbackMs: number
  readonly #reading: Reading
  readonly #lookbackAt: ((lookMs: number) => number) | undefined

  constructor(
    columns: RawColumns,
    times: LookTimes,
    steps: number,
    lookbackMs: number,
    reading: Reading,
    lookbackAt?: (lookMs: number) => number,
  ) {
    this.labels = columns.labels
    this.#columns = columns
    this.#times = times
    this.#steps = steps
    this.#lookbackMs = lookbackMs
    this.#reading = reading
    this.#lookbackAt = lookbackAt
  }

  fill(row: number, values: Float64Array, present: Uint8Array, at: number): void {
    const { timestampsMs, values: samples, words, offsets } = this.#columns
    const { firstMs, stepMs } = this.#times
    const from = offsets[row] as number
    const to = offsets[row + 1] as number
    const lookbackAt = this.#lookbackAt
    const isPlain = this.#reading === 'value'
    const unitMs = this.#reading === 'seconds' ? 1000 : 1
    let next = firstAfter(timestampsMs, from, to, firstMs)
    for (let step = 0; step < this.#steps; step++) {
      const lookMs = firstMs + step * stepMs
      while (next < to && (timestampsMs[next] as number) <= lookMs) next++
      const newest = next - 1
      const lookbackMs = lookbackAt === undefined ? this.#lookbackMs : lookbackAt(lookMs)
      if (
        newest < from ||
        (timestampsMs[newest] as number) <= lookMs - lookbackMs ||
        isStale(samples, words, newest)
      ) {
        present[at + step] = 0
        continue
      }
      present[at + step] = 1
      values[at + step] = isPlain
        ? (samples[newest] as number)
        : (timestampsMs[newest] as number) / unitMs
    }
  }
}
