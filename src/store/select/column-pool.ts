/** Smaller columns are left to the garbage collector. */
const LEAST_BYTES = 32 * 1024
/** A free buffer is used for a column that needs at least this share of it. */
const LEAST_SHARE = 0.5
/** Room is rounded up by at most an eighth, so that the columns of a range that moves on fit into those of before. */
const STEPS_PER_DOUBLING = 8

interface Free {
  readonly buffer: ArrayBuffer
  /** The round of `trim` in which it was given back. */
  readonly round: number
}

/**
 * Memory of the large columns that queries read samples into, used again instead of being left to the garbage collector: V8 lets tens of
 * megabytes of dead buffers gather before it looks at them. What nobody gives back is garbage as ever.
 */
export class ColumnPool {
  readonly #maxFreeBytes: number
  #free: Free[] = []
  #freeBytes = 0
  #round = 0
  /** The buffers that columns have now. */
  readonly #lent = new WeakSet<ArrayBufferLike>()

  constructor(maxFreeBytes: number) {
    this.#maxFreeBytes = maxFreeBytes
  }

  get freeBytes(): number {
    return this.#freeBytes
  }

  /** A column of exactly so many values; what they are is left open. */
  take(length: number): Float64Array<ArrayBuffer> {
    const needed = length * 8
    if (needed < LEAST_BYTES) return new Float64Array(length)
    let best = -1
    for (const [at, { buffer }] of this.#free.entries()) {
      const size = buffer.byteLength
      if (size < needed || needed < size * LEAST_SHARE) continue
      if (best < 0 || size < (this.#free[best] as Free).buffer.byteLength) best = at
    }
    const buffer = best < 0 ? new ArrayBuffer(roundUp(needed)) : this.#remove(best)
    this.#lent.add(buffer)
    return new Float64Array(buffer, 0, length)
  }

  /** Gives the memory of a column back, which nobody may look at any more. Columns that are not of this pool are passed over. */
  give(column: Float64Array): void {
    const { buffer } = column
    if (!(buffer instanceof ArrayBuffer) || !this.#lent.delete(buffer)) return
    this.#free.push({ buffer, round: this.#round })
    this.#freeBytes += buffer.byteLength
    while (this.#freeBytes > this.#maxFreeBytes) this.#remove(0)
  }

  /** Lets go of what nobody needed since the time before last; to be called now and then. */
  trim(): void {
    this.#round++
    this.#free = this.#free.filter(({ round }) => round >= this.#round - 1)
    this.#freeBytes = this.#free.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)
  }

  #remove(at: number): ArrayBuffer {
    const { buffer } = this.#free[at] as Free
    this.#free.splice(at, 1)
    this.#freeBytes -= buffer.byteLength
    return buffer
  }
}

function roundUp(bytes: number): number {
  const step = 2 ** Math.floor(Math.log2(bytes)) / STEPS_PER_DOUBLING
  return Math.ceil(bytes / step) * step
}
