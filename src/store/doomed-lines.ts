import { encodeNativeBlock } from '../formats/clickhouse-native/encode.ts'

const FIRST_ROOM = 1024

/** Lines to be deleted, each by what tells it from all others: its stream, its time, and a hash of its text and metadata. */
export class DoomedLines {
  #ids = new BigUint64Array(FIRST_ROOM)
  #times = new BigInt64Array(FIRST_ROOM)
  #hashes = new BigUint64Array(FIRST_ROOM)
  #count = 0

  get count(): number {
    return this.#count
  }

  add(id: bigint, timestampNs: bigint, hash: bigint): void {
    const at = this.#count++
    if (at === this.#ids.length) this.#grow()
    this.#ids[at] = id
    this.#times[at] = timestampNs
    this.#hashes[at] = hash
  }

  /** Takes back what was added last. */
  shorten(count: number): void {
    this.#count = count
  }

  /** Takes back those of a time, which were all added last. */
  shortenTo(timestampNs: bigint): void {
    while (this.#count > 0 && this.#times[this.#count - 1] === timestampNs) this.#count--
  }

  /** Unix nanoseconds of the earliest and the latest of some. */
  bounds(from: number, to: number): { readonly firstNs: bigint; readonly lastNs: bigint } {
    let firstNs = this.#times[from] as bigint
    let lastNs = firstNs
    for (const time of this.#times.subarray(from, to)) {
      if (time < firstNs) firstNs = time
      if (time > lastNs) lastNs = time
    }
    return { firstNs, lastNs }
  }

  /** Rows of table `doomed_lines`. */
  block(from: number, to: number): { readonly names: string[]; readonly bytes: Uint8Array } {
    const bytes = encodeNativeBlock([
      { name: 'id', data: { type: 'UInt64', values: this.#ids.subarray(from, to) } },
      {
        name: 'ts',
        data: { type: "DateTime64(9, 'UTC')", values: this.#times.subarray(from, to) },
      },
      { name: 'hash', data: { type: 'UInt64', values: this.#hashes.subarray(from, to) } },
    ])
    return { names: ['id', 'ts', 'hash'], bytes }
  }

  #grow(): void {
    const grown = <T extends BigUint64Array | BigInt64Array>(to: T, from: T): T => {
      to.set(from)
      return to
    }
    const room = this.#ids.length * 2
    this.#ids = grown(new BigUint64Array(room), this.#ids)
    this.#times = grown(new BigInt64Array(room), this.#times)
    this.#hashes = grown(new BigUint64Array(room), this.#hashes)
  }
}
