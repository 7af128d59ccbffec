import { wordsOf } from '../../model/stale.ts'

/** Samples a chunk holds. A series at 15 s fills one in four minutes; one that came and went has wasted little. */
const CHUNK = 16
const CHUNKS_PER_SLAB = 4096
const SLAB_BYTES = CHUNK * CHUNKS_PER_SLAB * 16

interface Slab {
  readonly timestampsMs: Float64Array
  readonly values: Float64Array
  readonly words: Uint32Array
}

/** Where samples of a series are copied to, one after the other. */
export interface ColumnTarget {
  timestampsMs: Float64Array
  values: Float64Array
  words: Uint32Array
  length: number
}

/** Room for so many samples; `column` makes a column of so many values. */
export function createTarget(
  room: number,
  column: (length: number) => Float64Array = (length) => new Float64Array(length),
): ColumnTarget {
  const values = column(room)
  return { timestampsMs: column(room), values, words: wordsOf(values), length: 0 }
}

function growTarget(target: ColumnTarget): void {
  const grown = createTarget(Math.ceil(target.length * 1.25) + CHUNK)
  grown.timestampsMs.set(target.timestampsMs)
  grown.words.set(target.words)
  target.timestampsMs = grown.timestampsMs
  target.values = grown.values
  target.words = grown.words
}

/** What `remove` took out: the value of sample `i` is the words `2i` and `2i + 1`. */
export interface RemovedSamples {
  readonly ref: number
  readonly timestampsMs: Float64Array
  readonly words: Uint32Array
}

/**
 * The most recent part of every series in memory, as chunks of columns in large slabs: no object per series or sample, memory
 * counted exactly. A series' chunks form a list from oldest to newest, linked both ways; samples are ascending by time without duplicates.
 */
export class HotWindow {
  /** A slab that held nothing any more is let go, and its place taken by a later one. */
  readonly #slabs: (Slab | undefined)[] = []
  /** By slab: the first of its free chunks, which form a list; -1 when all are used. */
  readonly #freeOf: number[] = []
  readonly #usedOf: number[] = []
  #slabCount = 0
  #emptySlabs = 0
  /** No slab before this has a free chunk. */
  #firstFree = 0
  #next = new Int32Array(CHUNKS_PER_SLAB)
  #previous = new Int32Array(CHUNKS_PER_SLAB)
  #fill = new Uint8Array(CHUNKS_PER_SLAB)
  #usedChunks = 0
  #head = new Int32Array(0)
  #tail = new Int32Array(0)
  #samples = 0

  /** Samples held. */
  get samples(): number {
    return this.#samples
  }

  /** Bytes of the slabs allocated. */
  get sizeBytes(): number {
    return this.#slabCount * SLAB_BYTES
  }

  /** Bytes of the chunks that hold samples. */
  get usedBytes(): number {
    return this.#usedChunks * CHUNK * 16
  }

  /**
   * Adds a sample by the bits of its value. Returns 'added', 'same' when that time is there with the same bits, 'conflict' when
   * it is there with another value (the first wins).
   */
  add(ref: number, timestampMs: number, low: number, high: number): 'added' | 'same' | 'conflict' {
    this.#reserve(ref)
    const tail = this.#tail[ref] as number
    if (tail < 0) {
      const chunk = this.#allocate()
      this.#head[ref] = chunk
      this.#tail[ref] = chunk
      this.#put(chunk, 0, timestampMs, low, high)
      return 'added'
    }
    const fill = this.#fill[tail] as number
    const slab = this.#slab(tail)
    const base = (tail % CHUNKS_PER_SLAB) * CHUNK
    if (timestampMs > (slab.timestampsMs[base + fill - 1] as number)) {
      if (fill < CHUNK) {
        this.#put(tail, fill, timestampMs, low, high)
        return 'added'
      }
      const chunk = this.#allocate()
      this.#next[tail] = chunk
      this.#previous[chunk] = tail
      this.#tail[ref] = chunk
      this.#put(chunk, 0, timestampMs, low, high)
      return 'added'
    }
    return this.#insert(ref, timestampMs, low, high)
  }

  /** Number of samples of a series in [startMs, endMs]. */
  count(ref: number, startMs: number, endMs: number): number {
    let count = 0
    let chunk = this.#firstWithin(ref, startMs)
    for (; chunk >= 0; chunk = this.#next[chunk] as number) {
      const times = this.#slab(chunk).timestampsMs
      let from = (chunk % CHUNKS_PER_SLAB) * CHUNK
      let to = from + (this.#fill[chunk] as number)
      if ((times[from] as number) > endMs) break
      while (from < to && (times[from] as number) < startMs) from++
      while (to > from && (times[to - 1] as number) > endMs) to--
      count += to - from
    }
    return count
  }

  /** Appends the samples of a series in [startMs, endMs] to the target, which grows where its room is not enough. */
  copy(ref: number, startMs: number, endMs: number, target: ColumnTarget): void {
    let chunk = this.#firstWithin(ref, startMs)
    for (; chunk >= 0; chunk = this.#next[chunk] as number) {
      const slab = this.#slab(chunk)
      let from = (chunk % CHUNKS_PER_SLAB) * CHUNK
      let to = from + (this.#fill[chunk] as number)
      const times = slab.timestampsMs
      if ((times[from] as number) > endMs) return
      while (from < to && (times[from] as number) < startMs) from++
      while (to > from && (times[to - 1] as number) > endMs) to--
      let at = target.length
      target.length = at + (to - from)
      if (target.length > target.values.length) growTarget(target)
      const outTimes = target.timestampsMs
      const outWords = target.words
      for (; from < to; from++, at++) {
        outTimes[at] = times[from] as number
        outWords[at * 2] = slab.words[from * 2] as number
        outWords[at * 2 + 1] = slab.words[from * 2 + 1] as number
      }
    }
  }

  /**
   * The first chunk of a series that holds something from `startMs` on, or -1. Looked for from the newer end: most questions are
   * about the last minutes of hours.
   */
  #firstWithin(ref: number, startMs: number): number {
    if (ref >= this.#tail.length) return -1
    let chunk = this.#tail[ref] as number
    if (chunk < 0 || this.#lastTimeOf(chunk) < startMs) return -1
    for (;;) {
      const earlier = this.#previous[chunk] as number
      if (earlier < 0 || this.#lastTimeOf(earlier) < startMs) return chunk
      chunk = earlier
    }
  }

  #lastTimeOf(chunk: number): number {
    const at = (chunk % CHUNKS_PER_SLAB) * CHUNK + (this.#fill[chunk] as number) - 1
    return this.#slab(chunk).timestampsMs[at] as number
  }

  /** Whether it holds a sample of a series. */
  has(ref: number): boolean {
    return ref < this.#tail.length && (this.#tail[ref] as number) >= 0
  }

  /** The time of the newest sample of a series, or -Infinity. */
  newestMs(ref: number): number {
    if (ref >= this.#tail.length) return Number.NEGATIVE_INFINITY
    const tail = this.#tail[ref] as number
    return tail < 0 ? Number.NEGATIVE_INFINITY : this.#lastTimeOf(tail)
  }

  /** Frees the chunks whose newest sample is before `beforeMs`. */
  trim(beforeMs: number): void {
    for (let ref = 0; ref < this.#head.length; ref++) {
      let chunk = this.#head[ref] as number
      while (chunk >= 0 && this.#lastTimeOf(chunk) < beforeMs) {
        const next = this.#next[chunk] as number
        this.#release(chunk)
        chunk = next
      }
      this.#head[ref] = chunk
      if (chunk < 0) this.#tail[ref] = -1
      else this.#previous[chunk] = -1
    }
  }

  /** Takes the samples of a series in [startMs, endMs] out and returns them; undefined when there is none. */
  remove(ref: number, startMs: number, endMs: number): RemovedSamples | undefined {
    const kept = createTarget(this.count(ref, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY))
    const removed = createTarget(this.count(ref, startMs, endMs))
    if (removed.values.length === 0) return undefined
    this.copy(ref, startMs, endMs, removed)
    this.copy(ref, Number.NEGATIVE_INFINITY, startMs - 1, kept)
    this.copy(ref, endMs + 1, Number.POSITIVE_INFINITY, kept)
    this.drop(ref)
    for (let i = 0; i < kept.length; i++) {
      const { timestampsMs, words } = kept
      this.add(ref, timestampsMs[i] as number, words[i * 2] as number, words[i * 2 + 1] as number)
    }
    return { ref, timestampsMs: removed.timestampsMs, words: removed.words }
  }

  /** Frees everything of one series. */
  drop(ref: number): void {
    if (ref >= this.#head.length) return
    let chunk = this.#head[ref] as number
    while (chunk >= 0) {
      const next = this.#next[chunk] as number
      this.#release(chunk)
      chunk = next
    }
    this.#head[ref] = -1
    this.#tail[ref] = -1
  }

  #insert(
    ref: number,
    timestampMs: number,
    low: number,
    high: number,
  ): 'added' | 'same' | 'conflict' {
    const chunk = this.#firstWithin(ref, timestampMs)
    const slab = this.#slab(chunk)
    const base = (chunk % CHUNKS_PER_SLAB) * CHUNK
    let at = base
    while ((slab.timestampsMs[at] as number) < timestampMs) at++
    if (slab.timestampsMs[at] === timestampMs) {
      const same = slab.words[at * 2] === low && slab.words[at * 2 + 1] === high
      return same ? 'same' : 'conflict'
    }
    const fill = this.#fill[chunk] as number
    if (fill < CHUNK) {
      shiftUp(slab, at, base + fill)
      this.#put(chunk, at - base, timestampMs, low, high)
      return 'added'
    }
    this.#split(ref, chunk)
    return this.#insert(ref, timestampMs, low, high)
  }

  /** Makes room in a full chunk in the middle of a list by moving its upper half to a new one behind it. */
  #split(ref: number, chunk: number): void {
    const fresh = this.#allocate()
    const from = this.#slab(chunk)
    const to = this.#slab(fresh)
    const half = CHUNK >> 1
    const fromBase = (chunk % CHUNKS_PER_SLAB) * CHUNK + half
    const toBase = (fresh % CHUNKS_PER_SLAB) * CHUNK
    for (let i = 0; i < CHUNK - half; i++) {
      to.timestampsMs[toBase + i] = from.timestampsMs[fromBase + i] as number
      to.words[(toBase + i) * 2] = from.words[(fromBase + i) * 2] as number
      to.words[(toBase + i) * 2 + 1] = from.words[(fromBase + i) * 2 + 1] as number
    }
    this.#fill[fresh] = CHUNK - half
    this.#fill[chunk] = half
    const after = this.#next[chunk] as number
    this.#next[fresh] = after
    this.#previous[fresh] = chunk
    this.#next[chunk] = fresh
    if (after < 0) this.#tail[ref] = fresh
    else this.#previous[after] = fresh
  }

  #put(chunk: number, index: number, timestampMs: number, low: number, high: number): void {
    const slab = this.#slab(chunk)
    const at = (chunk % CHUNKS_PER_SLAB) * CHUNK + index
    slab.timestampsMs[at] = timestampMs
    slab.words[at * 2] = low
    slab.words[at * 2 + 1] = high
    this.#fill[chunk] = (this.#fill[chunk] as number) + 1
    this.#samples++
  }

  #slab(chunk: number): Slab {
    return this.#slabs[Math.floor(chunk / CHUNKS_PER_SLAB)] as Slab
  }

  /** From the first slab that has room: so the last ones become empty. */
  #allocate(): number {
    while (this.#freeOf[this.#firstFree] === -1) this.#firstFree++
    const number = this.#firstFree
    if (this.#slabs[number] === undefined) this.#addSlab(number)
    const chunk = this.#freeOf[number] as number
    this.#freeOf[number] = this.#next[chunk] as number
    if (this.#usedOf[number] === 0) this.#emptySlabs--
    this.#usedOf[number] = (this.#usedOf[number] as number) + 1
    this.#next[chunk] = -1
    this.#previous[chunk] = -1
    this.#fill[chunk] = 0
    this.#usedChunks++
    return chunk
  }

  #release(chunk: number): void {
    const number = Math.floor(chunk / CHUNKS_PER_SLAB)
    this.#samples -= this.#fill[chunk] as number
    this.#fill[chunk] = 0
    this.#next[chunk] = this.#freeOf[number] as number
    this.#freeOf[number] = chunk
    this.#usedChunks--
    this.#usedOf[number] = (this.#usedOf[number] as number) - 1
    if (number < this.#firstFree) this.#firstFree = number
    if (this.#usedOf[number] === 0) this.#letGo(number)
  }

  /** One empty slab is kept, for the next chunk. */
  #letGo(number: number): void {
    this.#emptySlabs++
    if (this.#emptySlabs === 1) return
    this.#slabs[number] = undefined
    this.#freeOf[number] = number * CHUNKS_PER_SLAB
    this.#slabCount--
    this.#emptySlabs--
  }

  #addSlab(number: number): void {
    const first = number * CHUNKS_PER_SLAB
    const values = new Float64Array(CHUNK * CHUNKS_PER_SLAB)
    const timestampsMs = new Float64Array(CHUNK * CHUNKS_PER_SLAB)
    this.#slabs[number] = { timestampsMs, values, words: wordsOf(values) }
    this.#slabCount++
    this.#emptySlabs++
    this.#usedOf[number] = 0
    while (first + CHUNKS_PER_SLAB > this.#next.length) {
      const next = new Int32Array(this.#next.length * 2)
      next.set(this.#next)
      this.#next = next
      const previous = new Int32Array(next.length)
      previous.set(this.#previous)
      this.#previous = previous
      const fill = new Uint8Array(this.#fill.length * 2)
      fill.set(this.#fill)
      this.#fill = fill
    }
    for (let i = 0; i < CHUNKS_PER_SLAB; i++) this.#next[first + i] = first + i + 1
    this.#next[first + CHUNKS_PER_SLAB - 1] = -1
    this.#freeOf[number] = first
  }

  #reserve(ref: number): void {
    if (ref < this.#head.length) return
    let size = Math.max(1024, this.#head.length * 2)
    while (size <= ref) size *= 2
    const head = new Int32Array(size).fill(-1)
    head.set(this.#head)
    const tail = new Int32Array(size).fill(-1)
    tail.set(this.#tail)
    this.#head = head
    this.#tail = tail
  }
}

function shiftUp(slab: Slab, from: number, end: number): void {
  slab.timestampsMs.copyWithin(from + 1, from, end)
  slab.words.copyWithin((from + 1) * 2, from * 2, end * 2)
}
