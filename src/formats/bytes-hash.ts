/** Differs between processes, so that nobody outside can prepare texts that share a hash. */
const SEED = Math.floor(Math.random() * 4294967296) | 0

/**
 * A 64-bit hash of a range of bytes in two 32-bit halves, for hash tables of this process only: it is neither stable between
 * processes nor a protection against collisions, so equal hashes still need a comparison of the bytes.
 */
export class BytesHash {
  low = 0
  high = 0

  /** Sets `low` and `high` to the hash of the bytes from `start` to `end` under the view. */
  update(view: DataView, start: number, end: number): void {
    let low = SEED ^ (end - start)
    let high = ~SEED
    let i = start
    for (; i + 4 <= end; i += 4) {
      const word = view.getUint32(i, true)
      low = Math.imul(low ^ word, 0x9e3779b1)
      low ^= low >>> 15
      high = Math.imul((high << 5) ^ (high >>> 27) ^ word, 0x85ebca77)
    }
    for (; i < end; i++) {
      const byte = view.getUint8(i)
      low = Math.imul(low ^ byte, 0x9e3779b1)
      low ^= low >>> 15
      high = Math.imul((high << 5) ^ (high >>> 27) ^ byte, 0x85ebca77)
    }
    this.low = finish(low)
    this.high = finish(high ^ low)
  }
}

function finish(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}
