import { BytesHash } from '../bytes-hash.ts'

const MIN_SLOTS = 64
const NO_BYTES = new Uint8Array(0)

/**
 * From the raw bytes of a series, as they stand in a page or a push, to a number that the caller gave it: a series seen before
 * is known again without making a string. Series come in the same order page after page, so the one that followed last time
 * is tried first, by one comparison of bytes; otherwise a hash table answers, and equal hashes are followed by a comparison.
 *
 * One cache belongs to one source (a target, a sender). It copies what it keeps. Not for use while it is being changed.
 */
export class SeriesCache {
  /** The number of the series found last by `predict`. */
  predictedId = -1

  #slots = new Int32Array(MIN_SLOTS).fill(-1)
  #size = 0
  #hashes = new Int32Array(MIN_SLOTS)
  #starts = new Uint32Array(MIN_SLOTS)
  #lengths = new Uint32Array(MIN_SLOTS)
  #ids = new Int32Array(MIN_SLOTS)
  #next = new Int32Array(MIN_SLOTS)
  #seen = new Uint32Array(MIN_SLOTS)
  #generation = 1
  #seenCount = 0
  #arena = new Uint8Array(MIN_SLOTS * 64)
  #arenaView = new DataView(this.#arena.buffer)
  #arenaLength = 0
  #last = -1
  /** The entry that a page begins with. */
  #first = 0
  #bytes: Uint8Array = NO_BYTES
  #view: DataView = new DataView(NO_BYTES.buffer)
  readonly #hash = new BytesHash()

  /** Number of series held. */
  get size(): number {
    return this.#size
  }

  /** Bytes of memory held. */
  get sizeBytes(): number {
    return this.#arena.length + this.#slots.length * 4 + this.#ids.length * 28
  }

  /** The hash that `lookup` and `insert` want, 32 bits of it. */
  hash(bytes: Uint8Array, start: number, end: number): number {
    this.#read(bytes)
    this.#hash.update(this.#view, start, end)
    return this.#hash.low
  }

  /**
   * Whether the series that followed the last one found stands at `at` again. Returns where its bytes end, not past `limit`, and
   * sets `predictedId`; or -1. Whether the series really ends there is for the caller to see from what follows.
   */
  predict(bytes: Uint8Array, at: number, limit: number): number {
    const entry = this.#expected()
    if (entry >= this.#size) return -1
    const end = at + (this.#lengths[entry] as number)
    if (end > limit) return -1
    this.#read(bytes)
    if (!this.#equals(entry, at, end)) return -1
    this.predictedId = this.#ids[entry] as number
    return end
  }

  /** Takes the prediction as right. */
  confirm(): void {
    this.#markSeen(this.#expected())
  }

  /** The number given to the series of these bytes, or -1 when it is not known. */
  lookup(bytes: Uint8Array, start: number, end: number, hash: number): number {
    this.#read(bytes)
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] as number
      if (entry === -1) return -1
      if (this.#hashes[entry] !== hash || this.#lengths[entry] !== end - start) continue
      if (!this.#equals(entry, start, end)) continue
      if (this.#last === -1) this.#first = entry
      else this.#next[this.#last] = entry
      this.#markSeen(entry)
      return this.#ids[entry] as number
    }
  }

  /** Gives a series its number, or another one when it has one. `id` is a whole number from 0 to 2^31 - 1. */
  insert(bytes: Uint8Array, start: number, end: number, hash: number, id: number): void {
    if (this.lookup(bytes, start, end, hash) !== -1) {
      this.#ids[this.#last] = id
      return
    }
    if ((this.#size + 1) * 2 > this.#slots.length) this.#grow()
    const entry = this.#size++
    const length = end - start
    this.#reserveArena(length)
    this.#arena.set(bytes.subarray(start, end), this.#arenaLength)
    this.#hashes[entry] = hash
    this.#starts[entry] = this.#arenaLength
    this.#lengths[entry] = length
    this.#ids[entry] = id
    this.#next[entry] = entry + 1
    this.#seen[entry] = 0
    this.#arenaLength += length
    this.#link(entry)
    this.#markSeen(entry)
  }

  /** Begins a page: its first series is expected next, and the page that was read before is let go. */
  rewind(): void {
    this.#last = -1
    this.#bytes = NO_BYTES
    this.#view = new DataView(NO_BYTES.buffer)
  }

  /**
   * Forgets the series that were not looked up or inserted since the last sweep, and returns their numbers. Also lets go of the
   * page that was read. Call it at the end of each page whose series are complete.
   */
  sweep(): number[] {
    const removed: number[] = []
    if (this.#seenCount < this.#size) this.#removeUnseen(removed)
    this.#generation++
    this.#seenCount = 0
    this.rewind()
    return removed
  }

  /** Forgets everything. */
  clear(): void {
    this.#size = 0
    this.#first = 0
    this.#arenaLength = 0
    this.#slots.fill(-1)
    this.sweep()
  }

  #expected(): number {
    return this.#last === -1 ? this.#first : (this.#next[this.#last] as number)
  }

  #read(bytes: Uint8Array): void {
    if (bytes === this.#bytes) return
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  #markSeen(entry: number): void {
    this.#last = entry
    if (this.#seen[entry] === this.#generation) return
    this.#seen[entry] = this.#generation
    this.#seenCount++
  }

  /** Compares an entry with the bytes being read, four at a time and the last four once more. */
  #equals(entry: number, start: number, end: number): boolean {
    const view = this.#view
    const arena = this.#arenaView
    let at = this.#starts[entry] as number
    let i = start
    if (end - start < 4) {
      for (; i < end; i++, at++) if (view.getUint8(i) !== arena.getUint8(at)) return false
      return true
    }
    // From the end first: neighbours in a page mostly differ in their last label.
    const last = at + (end - start) - 4
    if (view.getUint32(end - 4, true) !== arena.getUint32(last, true)) return false
    for (; at + 8 < last; i += 8, at += 8) {
      const low = view.getUint32(i, true) ^ arena.getUint32(at, true)
      const high = view.getUint32(i + 4, true) ^ arena.getUint32(at + 4, true)
      if ((low | high) !== 0) return false
    }
    for (; at < last; i += 4, at += 4) {
      if (view.getUint32(i, true) !== arena.getUint32(at, true)) return false
    }
    return true
  }

  #link(entry: number): void {
    const mask = this.#slots.length - 1
    let slot = (this.#hashes[entry] as number) & mask
    while (this.#slots[slot] !== -1) slot = (slot + 1) & mask
    this.#slots[slot] = entry
  }

  #relink(slotCount: number): void {
    this.#slots = new Int32Array(slotCount).fill(-1)
    for (let entry = 0; entry < this.#size; entry++) this.#link(entry)
  }

  #grow(): void {
    const count = this.#slots.length * 2
    this.#hashes = grown(this.#hashes, new Int32Array(count))
    this.#starts = grown(this.#starts, new Uint32Array(count))
    this.#lengths = grown(this.#lengths, new Uint32Array(count))
    this.#ids = grown(this.#ids, new Int32Array(count))
    this.#next = grown(this.#next, new Int32Array(count))
    this.#seen = grown(this.#seen, new Uint32Array(count))
    this.#relink(count)
  }

  #reserveArena(sizeBytes: number): void {
    const needed = this.#arenaLength + sizeBytes
    if (needed <= this.#arena.length) return
    this.#arena = grown(this.#arena, new Uint8Array(Math.max(needed, this.#arena.length * 2)))
    this.#arenaView = new DataView(this.#arena.buffer)
  }

  /** Closes the gaps that unseen entries leave, in place and in order. */
  #removeUnseen(removed: number[]): void {
    const moved = new Int32Array(this.#size + 1).fill(-1)
    let kept = 0
    let arenaLength = 0
    for (let entry = 0; entry < this.#size; entry++) {
      if (this.#seen[entry] !== this.#generation) {
        removed.push(this.#ids[entry] as number)
        continue
      }
      const start = this.#starts[entry] as number
      const length = this.#lengths[entry] as number
      this.#arena.copyWithin(arenaLength, start, start + length)
      this.#hashes[kept] = this.#hashes[entry] as number
      this.#starts[kept] = arenaLength
      this.#lengths[kept] = length
      this.#ids[kept] = this.#ids[entry] as number
      this.#next[kept] = this.#next[entry] as number
      this.#seen[kept] = this.#seen[entry] as number
      arenaLength += length
      moved[entry] = kept++
    }
    for (let entry = 0; entry < kept; entry++) {
      const next = moved[this.#next[entry] as number] ?? -1
      this.#next[entry] = next === -1 ? entry + 1 : next
    }
    this.#first = Math.max(0, moved[this.#first] ?? -1)
    this.#size = kept
    this.#arenaLength = arenaLength
    this.#relink(this.#slots.length)
  }
}

function grown<T extends { set(source: T): void }>(from: T, to: T): T {
  to.set(from)
  return to
}
