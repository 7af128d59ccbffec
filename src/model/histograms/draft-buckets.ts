import { coarserIndex } from './bucket-bounds.ts'

/** Buckets of one sign while they are computed with, by ascending number, each with what its sum lost in rounding (Neumaier). */
export class DraftBuckets {
  length = 0
  indexes = new Int32Array(32)
  counts = new Float64Array(32)
  lost = new Float64Array(32)
  #spareIndexes = new Int32Array(32)
  #spareCounts = new Float64Array(32)
  #spareLost = new Float64Array(32)

  clear(): void {
    this.length = 0
  }

  /** Takes the place of what was there; the columns are those of another table, from one place up to another. */
  load(indexes: Int32Array, counts: Float64Array, from: number, to: number): void {
    this.length = 0
    this.#reserve(to - from)
    for (let i = from; i < to; i++) this.push(indexes[i] as number, counts[i] as number, 0)
  }

  copyFrom(other: DraftBuckets): void {
    this.#reserve(other.length)
    this.length = other.length
    this.indexes.set(other.indexes.subarray(0, other.length))
    this.counts.set(other.counts.subarray(0, other.length))
    this.lost.set(other.lost.subarray(0, other.length))
  }

  push(index: number, count: number, lost: number): void {
    this.#reserve(this.length + 1)
    this.indexes[this.length] = index
    this.counts[this.length] = count
    this.lost[this.length] = lost
    this.length++
  }

  /** Adds `sign` times some other buckets, those from one place up to another of their columns. */
  merge(indexes: Int32Array, counts: Float64Array, from: number, to: number, sign: number): void {
    if (from === to) return
    if (this.#addInPlace(indexes, counts, from, to, sign)) return
    const most = this.length + to - from
    if (this.#spareIndexes.length < most) {
      this.#spareIndexes = new Int32Array(most * 2)
      this.#spareCounts = new Float64Array(most * 2)
      this.#spareLost = new Float64Array(most * 2)
    }
    const [ownIndexes, ownCounts, ownLost] = [this.indexes, this.counts, this.lost]
    const ownLength = this.length
    this.indexes = this.#spareIndexes
    this.counts = this.#spareCounts
    this.lost = this.#spareLost
    this.length = 0
    let own = 0
    let other = from
    while (own < ownLength || other < to) {
      const ownIndex = own < ownLength ? (ownIndexes[own] as number) : Infinity
      const otherIndex = other < to ? (indexes[other] as number) : Infinity
      if (ownIndex <= otherIndex) {
        this.push(ownIndex, ownCounts[own] as number, ownLost[own] as number)
        own++
        if (ownIndex === otherIndex) {
          this.add(this.length - 1, sign * (counts[other] as number))
          other++
        }
      } else {
        this.push(otherIndex, sign * (counts[other] as number), 0)
        other++
      }
    }
    this.#spareIndexes = ownIndexes
    this.#spareCounts = ownCounts
    this.#spareLost = ownLost
  }

  /** The frequent case that the other ones are all among these; false, having changed nothing, when they are not. */
  #addInPlace(
    indexes: Int32Array,
    counts: Float64Array,
    from: number,
    to: number,
    sign: number,
  ): boolean {
    if (to - from > this.length) return false
    let at = 0
    for (let i = from; i < to; i++) {
      while (at < this.length && (this.indexes[at] as number) < (indexes[i] as number)) at++
      if (at === this.length || this.indexes[at] !== indexes[i]) return false
    }
    at = 0
    for (let i = from; i < to; i++) {
      while (this.indexes[at] !== indexes[i]) at++
      this.add(at, sign * (counts[i] as number))
    }
    return true
  }

  /** Adds to the count at a place. */
  add(at: number, value: number): void {
    const before = this.counts[at] as number
    const sum = before + value
    this.counts[at] = sum
    if (sum === Infinity || sum === -Infinity) this.lost[at] = 0
    else {
      const lost = Math.abs(before) >= Math.abs(value) ? before - sum + value : value - sum + before
      this.lost[at] = (this.lost[at] as number) + lost
    }
  }

  /** Gives every bucket another number, which never falls; what gets the same one is added up. */
  renumber(numberOf: (index: number) => number): void {
    let kept = 0
    for (let i = 0; i < this.length; i++) {
      const index = numberOf(this.indexes[i] as number)
      const count = this.counts[i] as number
      const lost = this.lost[i] as number
      if (kept > 0 && this.indexes[kept - 1] === index) {
        this.add(kept - 1, count)
        if (lost !== 0) this.add(kept - 1, lost)
        continue
      }
      this.indexes[kept] = index
      this.counts[kept] = count
      this.lost[kept] = lost
      kept++
    }
    this.length = kept
  }

  coarsen(steps: number): void {
    this.renumber((index) => coarserIndex(index, steps))
  }

  /** Takes the first `count` of them out. */
  dropFirst(count: number): void {
    if (count === 0) return
    this.indexes.copyWithin(0, count, this.length)
    this.counts.copyWithin(0, count, this.length)
    this.lost.copyWithin(0, count, this.length)
    this.length -= count
  }

  scale(change: (value: number) => number): void {
    for (let i = 0; i < this.length; i++) {
      this.counts[i] = change(this.counts[i] as number)
      this.lost[i] = change(this.lost[i] as number)
    }
  }

  /** A count with what it lost. */
  total(at: number): number {
    return (this.counts[at] as number) + (this.lost[at] as number)
  }

  #reserve(length: number): void {
    if (length <= this.indexes.length) return
    const room = Math.max(length, this.indexes.length * 2)
    const indexes = new Int32Array(room)
    const counts = new Float64Array(room)
    const lost = new Float64Array(room)
    indexes.set(this.indexes.subarray(0, this.length))
    counts.set(this.counts.subarray(0, this.length))
    lost.set(this.lost.subarray(0, this.length))
    this.indexes = indexes
    this.counts = counts
    this.lost = lost
  }
}
