/**
 * The staleness marker of Prometheus (model/value/value.go, StaleNaN): a NaN with one exact bit pattern, told apart from
 * every other NaN only by its bits. JavaScript numbers need not keep NaN payloads, so markers are read and written through a
 * Uint32Array over the same memory as the Float64Array (little-endian: index 2i is the low word, 2i+1 the high word).
 */
const STALE_NAN_LOW = 0x00000002
const STALE_NAN_HIGH = 0x7ff00000

/** The 32-bit words under a column of values; the column must start at a multiple of 8 bytes, as every Float64Array does. */
export function wordsOf(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2)
}

/** True when `values[index]` is the staleness marker. `words` is `wordsOf(values)`. */
export function isStale(values: Float64Array, words: Uint32Array, index: number): boolean {
  const value = values[index] as number
  return (
    value !== value && words[index * 2] === STALE_NAN_LOW && words[index * 2 + 1] === STALE_NAN_HIGH
  )
}

/** Writes the staleness marker at `index`. */
export function writeStale(words: Uint32Array, index: number): void {
  words[index * 2] = STALE_NAN_LOW
  words[index * 2 + 1] = STALE_NAN_HIGH
}
