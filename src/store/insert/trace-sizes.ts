const ID_WORDS = 4
/** Places for traces: each is in one of them, by its id. */
const PLACES = 2 ** 15
/** A trace that had nothing new for so long makes room for another one of its place. */
const IDLE_MS = 60_000

/**
 * Knows how many spans the traces have that are being sent, in memory that does not grow. Of two traces with the same place the one that was
 * first stays until it is idle: so the count of a trace may begin late, never too early.
 */
export class TraceSizes {
  readonly #maxSpans: number
  readonly #ids = new Uint32Array(PLACES * ID_WORDS)
  readonly #spans = new Uint32Array(PLACES)
  readonly #seenMs = new Float64Array(PLACES)

  constructor(maxSpans: number) {
    this.#maxSpans = maxSpans
  }

  /** Counts a span of the trace whose id is the 16 bytes at `at`; false when the trace has too many. */
  admit(ids: DataView, at: number, nowMs: number): boolean {
    let hash = 0
    for (let word = 0; word < ID_WORDS; word++)
      hash = Math.imul(hash ^ ids.getUint32(at + word * 4, true), 0x9e3779b1)
    const place = (hash ^ (hash >>> 15)) & (PLACES - 1)
    if (!this.#isIn(place, ids, at)) {
      if (this.#spans[place] !== 0 && nowMs - (this.#seenMs[place] as number) < IDLE_MS) return true
      for (let word = 0; word < ID_WORDS; word++)
        this.#ids[place * ID_WORDS + word] = ids.getUint32(at + word * 4, true)
      this.#spans[place] = 0
    }
    this.#seenMs[place] = nowMs
    const spans = this.#spans[place] as number
    if (spans >= this.#maxSpans) return false
    this.#spans[place] = spans + 1
    return true
  }

  #isIn(place: number, ids: DataView, at: number): boolean {
    for (let word = 0; word < ID_WORDS; word++)
      if (this.#ids[place * ID_WORDS + word] !== ids.getUint32(at + word * 4, true)) return false
    return true
  }
}
