import { Labels } from '../../model/labels.ts'
import type { SampleWriter } from './sample-writer.ts'
import type { ExemplarLabels } from './settings.ts'

const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8

/** The newest span of each bucket since it was last written, in columns. */
export class ExemplarSlots {
  readonly #slotsPerPlace: number
  readonly #names: ExemplarLabels
  #isKept = new Uint8Array(0)
  #values = new Float64Array(0)
  #traceIds = new Uint8Array(0)
  #spanIds = new Uint8Array(0)

  constructor(slotsPerPlace: number, names: ExemplarLabels) {
    this.#slotsPerPlace = slotsPerPlace
    this.#names = names
  }

  grow(places: number): void {
    const slots = places * this.#slotsPerPlace
    this.#isKept = grown(this.#isKept, slots)
    this.#traceIds = grown(this.#traceIds, slots * TRACE_ID_BYTES)
    this.#spanIds = grown(this.#spanIds, slots * SPAN_ID_BYTES)
    const values = new Float64Array(slots)
    values.set(this.#values)
    this.#values = values
  }

  keep(
    place: number,
    slot: number,
    value: number,
    {
      traceIds,
      spanIds,
      row,
    }: { readonly traceIds: Uint8Array; readonly spanIds: Uint8Array; readonly row: number },
  ): void {
    const at = place * this.#slotsPerPlace + slot
    this.#isKept[at] = 1
    this.#values[at] = value
    copyId(traceIds, row, this.#traceIds, at, TRACE_ID_BYTES)
    copyId(spanIds, row, this.#spanIds, at, SPAN_ID_BYTES)
  }

  /** Writes what is kept and forgets it; what the writer has no room for is forgotten, too. */
  take(
    place: number,
    slot: number,
    series: Labels,
    timestampMs: number,
    writer: SampleWriter,
  ): void {
    const at = place * this.#slotsPerPlace + slot
    if (this.#isKept[at] !== 1) return
    this.#isKept[at] = 0
    if (!writer.hasRoomForExemplar) return
    const { traceId, spanId } = this.#names
    const labels: [string, string][] = [[traceId, hexOf(this.#traceIds, at, TRACE_ID_BYTES)]]
    if (spanId !== undefined) labels.push([spanId, hexOf(this.#spanIds, at, SPAN_ID_BYTES)])
    const value = this.#values[at] as number
    writer.addExemplar({ series, labels: Labels.fromPairs(labels), value, timestampMs })
  }

  clear(place: number): void {
    this.#isKept.fill(0, place * this.#slotsPerPlace, (place + 1) * this.#slotsPerPlace)
  }
}

function copyId(from: Uint8Array, row: number, to: Uint8Array, at: number, width: number): void {
  for (let i = 0; i < width; i++) to[at * width + i] = from[row * width + i] ?? 0
}

function hexOf(bytes: Uint8Array, at: number, width: number): string {
  let text = ''
  for (let i = at * width; i < (at + 1) * width; i++)
    text += (bytes[i] as number).toString(16).padStart(2, '0')
  return text
}

function grown(column: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(length)
  next.set(column)
  return next
}
