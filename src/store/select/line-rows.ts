import { decodeBlocks, type NativeBlock } from '../../formats/clickhouse-native/decode.ts'
import { metadataLabels } from '../../formats/loki-push/metadata-labels.ts'
import { Labels } from '../../model/labels.ts'
import type { LogBatch } from '../../model/lines.ts'
import type { Slices } from '../../self/loop-turns.ts'

/** With more lines of a stream in one nanosecond, their texts are remembered rather than compared with each other. */
const COMPARED_ROWS = 16
/** Deciding over one row and copying it is about so much work, besides its bytes. */
const ROW_UNITS = 4
const BYTES_PER_UNIT = 64

/** The streams that are wanted, by the place they have in the answer. */
export interface WantedStreams {
  readonly labels: readonly Labels[]
  readonly placeOf: (low: number, high: number) => number | undefined
}

/** What was read: the rows in the engine's order, and where the last one stands in time. */
export interface ReadRows {
  readonly batch: LogBatch
  /** Rows of the answer, also of those that are not in the batch. */
  readonly count: number
}

/**
 * Makes a batch of an answer with the columns `id`, `ts`, `body` and `meta`, in order of time and then of stream. Rows of other
 * streams are left out, and so are repetitions of the same line. Rows at `exceptNs` are not wanted, either.
 */
export async function toBatch(
  answer: Uint8Array,
  wanted: WantedStreams,
  exceptNs: bigint | undefined,
  slices: Slices,
): Promise<ReadRows> {
  const blocks: NativeBlock[] = []
  let count = 0
  let sizeBytes = 0
  for (const block of decodeBlocks(answer)) {
    blocks.push(block)
    count += block.rows
    const { starts, ends } = block.stringBytes('body')
    for (let i = 0; i < block.rows; i++) sizeBytes += (ends[i] as number) - (starts[i] as number)
    if (slices.spend(block.rows)) await slices.rest()
  }
  const rows = new LineRows(wanted, count, sizeBytes, exceptNs)
  for (const block of blocks) await rows.add(block, slices)
  return { batch: rows.finish(), count }
}

/** The time of the last row of an answer; undefined when it has none. */
export function lastTime(answer: Uint8Array): { readonly lastNs: bigint; readonly rows: number } {
  let lastNs = 0n
  let rows = 0
  for (const block of decodeBlocks(answer)) {
    const words = block.uint64Words('ts')
    const at = (block.rows - 1) * 2
    lastNs = BigInt.asIntN(
      64,
      (BigInt(words[at + 1] as number) << 32n) | BigInt(words[at] as number),
    )
    rows += block.rows
  }
  return { lastNs, rows }
}

class LineRows {
  readonly #wanted: WantedStreams
  readonly #exceptNs: bigint | undefined
  readonly #streamIndex: Uint32Array
  readonly #times: BigInt64Array
  readonly #timeWords: Uint32Array
  readonly #bytes: Uint8Array
  readonly #ends: Uint32Array
  readonly #metadata: Labels[] = [Labels.EMPTY]
  readonly #metadataByKey = new Map<string, number>([['', 0]])
  readonly #metadataIndex: Uint32Array
  #rows = 0
  #size = 0
  /** The first row of the same stream and time as the last one. */
  #runStart = 0
  #seen: Set<string> | undefined

  constructor(
    wanted: WantedStreams,
    rows: number,
    sizeBytes: number,
    exceptNs: bigint | undefined,
  ) {
    this.#wanted = wanted
    this.#exceptNs = exceptNs
    this.#streamIndex = new Uint32Array(rows)
    this.#times = new BigInt64Array(rows)
    this.#timeWords = new Uint32Array(this.#times.buffer)
    this.#bytes = new Uint8Array(sizeBytes)
    this.#ends = new Uint32Array(rows)
    this.#metadataIndex = new Uint32Array(rows)
  }

  async add(block: NativeBlock, slices: Slices): Promise<void> {
    const ids = block.uint64Words('id')
    const times = block.uint64Words('ts')
    const { bytes, starts, ends } = block.stringBytes('body')
    const metadata = this.#metadataOf(block)
    const except = this.#exceptNs === undefined ? undefined : BigInt.asUintN(64, this.#exceptNs)
    const exceptLow = except === undefined ? -1 : Number(except & 0xffffffffn)
    const exceptHigh = except === undefined ? -1 : Number(except >> 32n)
    for (let i = 0; i < block.rows; i++) {
      const low = times[i * 2] as number
      const high = times[i * 2 + 1] as number
      if (low === exceptLow && high === exceptHigh) continue
      const stream = this.#wanted.placeOf(ids[i * 2] as number, ids[i * 2 + 1] as number)
      if (stream === undefined) continue
      const start = starts[i] as number
      const end = ends[i] as number
      this.#push(stream, low, high, bytes.subarray(start, end), metadata?.[i] ?? 0)
      if (slices.spend(ROW_UNITS + (end - start) / BYTES_PER_UNIT)) await slices.rest()
    }
  }

  finish(): LogBatch {
    return {
      streams: this.#wanted.labels,
      streamIndex: this.#streamIndex.subarray(0, this.#rows),
      timestampsNs: this.#times.subarray(0, this.#rows),
      bytes: this.#bytes.subarray(0, this.#size),
      ends: this.#ends.subarray(0, this.#rows),
      metadata: this.#metadata,
      metadataIndex: this.#metadataIndex.subarray(0, this.#rows),
    }
  }

  #push(stream: number, low: number, high: number, text: Uint8Array, metadata: number): void {
    const row = this.#rows
    const isSameRun =
      row > 0 &&
      this.#timeWords[row * 2 - 2] === low &&
      this.#timeWords[row * 2 - 1] === high &&
      this.#streamIndex[row - 1] === stream
    if (!isSameRun) {
      this.#runStart = row
      this.#seen = undefined
    } else if (this.#isRepeated(text, metadata)) return
    this.#streamIndex[row] = stream
    this.#timeWords[row * 2] = low
    this.#timeWords[row * 2 + 1] = high
    this.#bytes.set(text, this.#size)
    this.#size += text.length
    this.#ends[row] = this.#size
    this.#metadataIndex[row] = metadata
    this.#rows = row + 1
  }

  /** Whether the run has a row with the same text and metadata. */
  #isRepeated(text: Uint8Array, metadata: number): boolean {
    const keyOf = (bytes: Uint8Array, set: number): string =>
      `${set}:${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')}`
    if (this.#rows - this.#runStart <= COMPARED_ROWS) {
      for (let row = this.#runStart; row < this.#rows; row++) {
        if (this.#metadataIndex[row] !== metadata) continue
        if (Buffer.compare(this.#textOf(row), text) === 0) return true
      }
      return false
    }
    if (this.#seen === undefined) {
      this.#seen = new Set()
      for (let row = this.#runStart; row < this.#rows; row++) {
        this.#seen.add(keyOf(this.#textOf(row), this.#metadataIndex[row] as number))
      }
    }
    const key = keyOf(text, metadata)
    if (this.#seen.has(key)) return true
    this.#seen.add(key)
    return false
  }

  #textOf(row: number): Uint8Array {
    const start = row === 0 ? 0 : (this.#ends[row - 1] as number)
    return this.#bytes.subarray(start, this.#ends[row])
  }

  /** The number of each row's set of structured metadata; undefined when all are empty. */
  #metadataOf(block: NativeBlock): Uint32Array | undefined {
    const { offsets, keys, values } = block.stringMap('meta')
    if (keys.length === 0) return undefined
    const out = new Uint32Array(block.rows)
    for (let row = 0; row < block.rows; row++) {
      const from = offsets[row] as number
      const to = offsets[row + 1] as number
      if (from === to) continue
      const pairs: [string, string][] = []
      for (let i = from; i < to; i++) pairs.push([keys[i] as string, values[i] as string])
      const labels = metadataLabels(pairs)
      let at = this.#metadataByKey.get(labels.key)
      if (at === undefined) {
        at = this.#metadata.push(labels) - 1
        this.#metadataByKey.set(labels.key, at)
      }
      out[row] = at
    }
    return out
  }
}
