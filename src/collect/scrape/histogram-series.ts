import { encodeStaleHistogram } from '../../formats/native-histogram/stale.ts'
import type { Labels } from '../../model/labels.ts'
import type { NativeHistogramSample } from '../../model/samples.ts'

/** Which series had a native histogram in the last good page: their end is one, too. */
export class HistogramSeries {
  #numbers: number[] = []
  /** By number of the table: 1 for those in `#numbers`. */
  #has = new Uint8Array(0)

  has(number: number): boolean {
    return this.#has[number] === 1
  }

  /** The page has these, and no others. */
  replace(numbers: readonly number[]): void {
    for (const number of this.#numbers) this.#has[number] = 0
    this.#numbers = []
    for (const number of numbers) this.add(number)
  }

  add(number: number): void {
    if (number >= this.#has.length) {
      const grown = new Uint8Array(Math.max(64, (number + 1) * 2))
      grown.set(this.#has)
      this.#has = grown
    }
    this.#has[number] = 1
    this.#numbers.push(number)
  }
}

/** A staleness marker for a series of native histograms. */
export function staleHistogram(series: Labels, timestampMs: number): NativeHistogramSample {
  return { series, timestampMs, data: encodeStaleHistogram(timestampMs) }
}
