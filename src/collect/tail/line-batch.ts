import { Labels } from '../../model/labels.ts'
import type { LogBatch } from '../../model/lines.ts'

const FIRST_ROWS = 1024
const FIRST_BYTES = 64 * 1024

/** Collects lines in the columns of a `LogBatch`. */
export class LineBatchBuilder {
  readonly #streams: Labels[] = []
  readonly #streamAt = new Map<Labels, number>()
  readonly #streamAtKey = new Map<string, number>()
  readonly #metadata: Labels[] = [Labels.EMPTY]
  readonly #metadataAtKey = new Map<string, number>([['', 0]])
  #streamIndex = new Uint32Array(FIRST_ROWS)
  #timestampsNs = new BigInt64Array(FIRST_ROWS)
  #ends = new Uint32Array(FIRST_ROWS)
  #metadataIndex = new Uint32Array(FIRST_ROWS)
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #rows = 0
  #size = 0

  get rows(): number {
    return this.#rows
  }

  /** Bytes of lines. */
  get sizeBytes(): number {
    return this.#size
  }

  /** Adds a line that is UTF-8 already: `bytes[start, end)`. */
  addBytes(
    stream: Labels,
    timestampNs: bigint,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.#reserve(end - start)
    this.#bytes.set(bytes.subarray(start, end), this.#size)
    this.#close(stream, timestampNs, Labels.EMPTY, end - start)
  }

  add(stream: Labels, timestampNs: bigint, line: string, metadata: Labels): void {
    // A UTF-16 unit is at most three bytes.
    this.#reserve(line.length * 3)
    this.#close(stream, timestampNs, metadata, this.#bytes.write(line, this.#size))
  }

  build(): LogBatch {
    const rows = this.#rows
    return {
      streams: this.#streams,
      streamIndex: this.#streamIndex.subarray(0, rows),
      timestampsNs: this.#timestampsNs.subarray(0, rows),
      bytes: this.#bytes.subarray(0, this.#size),
      ends: this.#ends.subarray(0, rows),
      metadata: this.#metadata,
      metadataIndex: this.#metadataIndex.subarray(0, rows),
    }
  }

  #close(stream: Labels, timestampNs: bigint, metadata: Labels, sizeBytes: number): void {
    const row = this.#rows++
    this.#size += sizeBytes
    this.#streamIndex[row] = this.#indexOf(stream)
    this.#timestampsNs[row] = timestampNs
    this.#ends[row] = this.#size
    this.#metadataIndex[row] = metadata.size === 0 ? 0 : this.#metadataOf(metadata)
  }

  #indexOf(stream: Labels): number {
    const known = this.#streamAt.get(stream)
    if (known !== undefined) return known
    const at = this.#streamAtKey.get(stream.key) ?? this.#streams.length
    if (at === this.#streams.length) {
      this.#streams.push(stream)
      this.#streamAtKey.set(stream.key, at)
    }
    this.#streamAt.set(stream, at)
    return at
  }

  #metadataOf(metadata: Labels): number {
    const known = this.#metadataAtKey.get(metadata.key)
    if (known !== undefined) return known
    this.#metadataAtKey.set(metadata.key, this.#metadata.length)
    return this.#metadata.push(metadata) - 1
  }

  #reserve(sizeBytes: number): void {
    const needed = this.#size + sizeBytes
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, this.#size))
      this.#bytes = larger
    }
    if (this.#rows < this.#ends.length) return
    const count = this.#ends.length * 2
    this.#streamIndex = enlarge(this.#streamIndex, new Uint32Array(count))
    this.#ends = enlarge(this.#ends, new Uint32Array(count))
    this.#metadataIndex = enlarge(this.#metadataIndex, new Uint32Array(count))
    const times = new BigInt64Array(count)
    times.set(this.#timestampsNs)
    this.#timestampsNs = times
  }
}

function enlarge(from: Uint32Array, to: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  to.set(from)
  return to
}
