import { encodeNativeBlock } from '../../formats/clickhouse-native/encode.ts'
import type { Block } from './blocks.ts'
import type { SpanSegment } from './spans-block.ts'

const TRACE_ID_BYTES = 16
const WORDS = TRACE_ID_BYTES / 4

/** Rows of `trace_times`: from when to when each trace has spans. */
export function traceTimesBlock(
  segments: readonly SpanSegment[],
  keepSeconds: number,
  day: number,
): Block {
  const traces = new TraceTimes(segments.reduce((sum, { rows }) => sum + rows.length, 0))
  for (const { taken, rows } of segments) {
    const { traceIds, startsNs } = taken.batch
    const view = new DataView(traceIds.buffer, traceIds.byteOffset, traceIds.byteLength)
    for (const row of rows) traces.add(view, row * TRACE_ID_BYTES, startsNs[row] as bigint)
  }
  const { count } = traces
  const names = ['keep', 'day', 'trace', 'first', 'last']
  const block = encodeNativeBlock([
    { name: 'keep', data: { type: 'UInt32', values: new Uint32Array(count).fill(keepSeconds) } },
    { name: 'day', data: { type: 'Date', values: new Uint16Array(count).fill(day) } },
    {
      name: 'trace',
      data: { type: 'FixedString(16)', width: TRACE_ID_BYTES, bytes: traces.ids() },
    },
    { name: 'first', data: { type: 'Int64', values: traces.firsts.subarray(0, count) } },
    { name: 'last', data: { type: 'Int64', values: traces.lasts.subarray(0, count) } },
  ])
  return { names, bytes: block }
}

/** Times by trace, without an object or a text a span. */
class TraceTimes {
  count = 0
  readonly firsts: BigInt64Array
  readonly lasts: BigInt64Array
  readonly #words: Uint32Array
  /** 1 + the number of a trace, 0 for a free slot. */
  readonly #slots: Uint32Array

  constructor(most: number) {
    this.firsts = new BigInt64Array(most)
    this.lasts = new BigInt64Array(most)
    this.#words = new Uint32Array(most * WORDS)
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(2, most * 2))))
  }

  add(view: DataView, at: number, startNs: bigint): void {
    const trace = this.#find(view, at)
    if (trace === this.count) {
      for (let word = 0; word < WORDS; word++)
        this.#words[trace * WORDS + word] = view.getUint32(at + word * 4, true)
      this.firsts[trace] = startNs
      this.lasts[trace] = startNs
      this.count++
      return
    }
    if (startNs < (this.firsts[trace] as bigint)) this.firsts[trace] = startNs
    if (startNs > (this.lasts[trace] as bigint)) this.lasts[trace] = startNs
  }

  ids(): Uint8Array {
    return new Uint8Array(this.#words.buffer, 0, this.count * TRACE_ID_BYTES)
  }

  /** The number of the trace; `count` when it is new, which then has its slot. */
  #find(view: DataView, at: number): number {
    const mask = this.#slots.length - 1
    let hash = 0
    for (let word = 0; word < WORDS; word++)
      hash = Math.imul(hash ^ view.getUint32(at + word * 4, true), 0x9e3779b1)
    let slot = (hash ^ (hash >>> 16)) & mask
    for (let held = this.#slots[slot] as number; held !== 0; held = this.#slots[slot] as number) {
      if (this.#isSame(held - 1, view, at)) return held - 1
      slot = (slot + 1) & mask
    }
    this.#slots[slot] = this.count + 1
    return this.count
  }

  #isSame(trace: number, view: DataView, at: number): boolean {
    for (let word = 0; word < WORDS; word++)
      if (this.#words[trace * WORDS + word] !== view.getUint32(at + word * 4, true)) return false
    return true
  }
}
