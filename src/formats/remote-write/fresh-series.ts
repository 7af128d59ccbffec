import { ByteWriter } from '../byte-writer.ts'
import { SeriesCache } from '../prometheus-text/series-cache.ts'

/** Past this what a large request needed is not kept for the next. */
const KEPT_BYTES = 1024 * 1024

/** The series that a request is the first to name: known within it, and remembered after it only when somebody took them. */
export class FreshSeries {
  #cache = new SeriesCache()
  #bytes = new ByteWriter()
  /** Of each series, where its bytes end; they begin where those before it end. */
  readonly #ends: number[] = []
  readonly #hashes: number[] = []
  readonly #ids: number[] = []

  get size(): number {
    return this.#ids.length
  }

  /** The number given to the series of these bytes, or -1. */
  lookup(bytes: Uint8Array, start: number, end: number, hash: number): number {
    return this.#ids.length === 0 ? -1 : this.#cache.lookup(bytes, start, end, hash)
  }

  /** Takes a series that is not here yet; its bytes are copied. */
  add(bytes: Uint8Array, start: number, end: number, hash: number, id: number): void {
    this.#cache.insert(bytes, start, end, hash, id)
    this.#bytes.bytes(bytes.subarray(start, end))
    this.#ends.push(this.#bytes.length)
    this.#hashes.push(hash)
    this.#ids.push(id)
  }

  /** Hands over all series in the order in which they came, and forgets them. */
  drain(
    take: (bytes: Uint8Array, start: number, end: number, hash: number, id: number) => void,
  ): void {
    const bytes = this.#bytes.finish()
    let start = 0
    for (let i = 0; i < this.#ids.length; i++) {
      const end = this.#ends[i] as number
      take(bytes, start, end, this.#hashes[i] as number, this.#ids[i] as number)
      start = end
    }
    this.#ends.length = 0
    this.#hashes.length = 0
    this.#ids.length = 0
    if (this.#cache.sizeBytes > KEPT_BYTES) this.#cache = new SeriesCache()
    else this.#cache.clear()
    if (bytes.length > KEPT_BYTES) this.#bytes = new ByteWriter()
    else this.#bytes.clear()
  }
}
