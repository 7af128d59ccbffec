const TRACE_WORDS = 4
const SPAN_WORDS = 2
const KEY_WORDS = TRACE_WORDS + SPAN_WORDS
const NONE = -1
const FIRST_CAPACITY = 64
const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8

/** The trace of one row, and the id of a span of it: that of the row, or that of its parent. */
export interface EdgeKey {
  readonly traceIds: Uint8Array
  readonly spanIds: Uint8Array
  readonly row: number
}

/**
 * Slots by trace and span id, in order of their coming: a hash table in columns, so that what waits is no object. The slots are places in
 * columns of the owner's own, which are to be as long as `capacity`.
 */
export class EdgeSlots {
  #keys = new Uint32Array(0)
  #heads = new Int32Array(1).fill(NONE)
  /** The next slot with the same hash, or of the free ones. */
  #chain = new Int32Array(0)
  #older = new Int32Array(0)
  #newer = new Int32Array(0)
  #free = NONE
  #oldest = NONE
  #newest = NONE
  #size = 0
  readonly #wanted = new Uint32Array(KEY_WORDS)

  get size(): number {
    return this.#size
  }

  get capacity(): number {
    return this.#chain.length
  }

  /** The slot that came first; -1: there is none. */
  get oldest(): number {
    return this.#oldest
  }

  /** True for a key of the span without a parent. */
  hasZeroSpan(slot: number): boolean {
    const at = slot * KEY_WORDS + TRACE_WORDS
    return this.#keys[at] === 0 && this.#keys[at + 1] === 0
  }

  /** -1: it is not there. */
  find(key: EdgeKey): number {
    this.#read(key)
    return this.#find()
  }

  /** A slot for a key that is not there. */
  add(key: EdgeKey): number {
    this.#read(key)
    if (this.#free === NONE) this.#grow()
    const slot = this.#free
    this.#free = this.#chain[slot] as number
    this.#keys.set(this.#wanted, slot * KEY_WORDS)
    const bucket = this.#bucketOf(slot)
    this.#chain[slot] = this.#heads[bucket] as number
    this.#heads[bucket] = slot
    this.#older[slot] = this.#newest
    this.#newer[slot] = NONE
    if (this.#newest === NONE) this.#oldest = slot
    else this.#newer[this.#newest] = slot
    this.#newest = slot
    this.#size++
    return slot
  }

  remove(slot: number): void {
    const bucket = this.#bucketOf(slot)
    let before = NONE
    for (let at = this.#heads[bucket] as number; at !== slot; at = this.#chain[at] as number)
      before = at
    const behind = this.#chain[slot] as number
    if (before === NONE) this.#heads[bucket] = behind
    else this.#chain[before] = behind
    const older = this.#older[slot] as number
    const newer = this.#newer[slot] as number
    if (older === NONE) this.#oldest = newer
    else this.#newer[older] = newer
    if (newer === NONE) this.#newest = older
    else this.#older[newer] = older
    this.#chain[slot] = this.#free
    this.#free = slot
    this.#size--
  }

  #read({ traceIds, spanIds, row }: EdgeKey): void {
    readWords(traceIds, row * TRACE_ID_BYTES, this.#wanted, 0, TRACE_WORDS)
    readWords(spanIds, row * SPAN_ID_BYTES, this.#wanted, TRACE_WORDS, SPAN_WORDS)
  }

  #find(): number {
    const bucket = hashOf(this.#wanted, 0) & (this.#heads.length - 1)
    for (let at = this.#heads[bucket] as number; at !== NONE; at = this.#chain[at] as number)
      if (this.#isWanted(at)) return at
    return NONE
  }

  #isWanted(slot: number): boolean {
    for (let i = 0; i < KEY_WORDS; i++)
      if (this.#keys[slot * KEY_WORDS + i] !== this.#wanted[i]) return false
    return true
  }

  #bucketOf(slot: number): number {
    return hashOf(this.#keys, slot * KEY_WORDS) & (this.#heads.length - 1)
  }

  #grow(): void {
    const before = this.capacity
    const capacity = Math.max(FIRST_CAPACITY, before * 2)
    const keys = new Uint32Array(capacity * KEY_WORDS)
    keys.set(this.#keys)
    this.#keys = keys
    this.#older = grown(this.#older, capacity)
    this.#newer = grown(this.#newer, capacity)
    this.#chain = grown(this.#chain, capacity)
    this.#heads = new Int32Array(capacity).fill(NONE)
    for (let slot = this.#oldest; slot !== NONE; slot = this.#newer[slot] as number) {
      const bucket = this.#bucketOf(slot)
      this.#chain[slot] = this.#heads[bucket] as number
      this.#heads[bucket] = slot
    }
    for (let slot = capacity - 1; slot >= before; slot--) {
      this.#chain[slot] = this.#free
      this.#free = slot
    }
  }
}

function readWords(
  bytes: Uint8Array,
  from: number,
  words: Uint32Array,
  to: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    const at = from + i * 4
    words[to + i] =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
  }
}

/** FNV-1a over words, stirred: ids are random already, except those of tests. */
function hashOf(words: Uint32Array, from: number): number {
  let hash = 0x811c9dc5
  for (let i = from; i < from + KEY_WORDS; i++) {
    hash = Math.imul(hash ^ (words[i] as number), 0x01000193)
    hash ^= hash >>> 15
  }
  return hash >>> 0
}

function grown(column: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const next = new Int32Array(length)
  next.set(column)
  return next
}
