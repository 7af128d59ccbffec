import type { LogBatch } from '../../model/lines.ts'
import type { SeriesRef } from '../series/series-index.ts'

const MOST = 0xffff

/**
 * Numbers the lines that a stream has at one nanosecond, in the order in which they came: loggers that write whole milliseconds send many.
 * Remembers the last line of each stream, so that the order holds from one push to the next.
 */
export class LineSequences {
  #low = new Uint32Array(1024)
  #high = new Uint32Array(1024)
  #sequence = new Uint16Array(1024)

  /** The number of each row of a batch; `refs` are the streams by their place in the batch, -1 for those refused. */
  number({ timestampsNs, streamIndex }: LogBatch, refs: Int32Array): Uint16Array {
    const words = new Uint32Array(
      timestampsNs.buffer,
      timestampsNs.byteOffset,
      timestampsNs.length * 2,
    )
    this.#makeRoom(refs)
    const numbers = new Uint16Array(timestampsNs.length)
    for (let row = 0; row < numbers.length; row++) {
      const ref: SeriesRef = refs[streamIndex[row] as number] as number
      if (ref < 0) continue
      const low = words[row * 2] as number
      const high = words[row * 2 + 1] as number
      if (this.#low[ref] === low && this.#high[ref] === high) {
        const next = Math.min(MOST, (this.#sequence[ref] as number) + 1)
        this.#sequence[ref] = next
        numbers[row] = next
      } else {
        this.#low[ref] = low
        this.#high[ref] = high
        this.#sequence[ref] = 0
      }
    }
    return numbers
  }

  #makeRoom(refs: Int32Array): void {
    const largest = refs.reduce((most, ref) => Math.max(most, ref), -1)
    let size = this.#low.length
    if (largest < size) return
    while (size <= largest) size *= 2
    this.#low = grown(this.#low, new Uint32Array(size))
    this.#high = grown(this.#high, new Uint32Array(size))
    this.#sequence = grown(this.#sequence, new Uint16Array(size))
  }
}

function grown<T extends Uint32Array | Uint16Array>(from: T, to: T): T {
  to.set(from)
  return to
}
