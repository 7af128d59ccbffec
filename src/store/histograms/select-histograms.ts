import { decodeBlocks } from '../../formats/clickhouse-native/decode.ts'
import { HistogramDecoder, UNREADABLE_HISTOGRAM } from '../../formats/native-histogram/decode.ts'
import type { HistogramTable } from '../../model/histograms/histogram-table.ts'
import type { Labels } from '../../model/labels.ts'
import { Slices } from '../../self/loop-turns.ts'
import type { StoreClient } from '../client.ts'
import type { PendingHistogram } from '../insert/extras.ts'
import type { HistogramColumns, QueryBounds, SelectRequest } from '../metrics-source.ts'
import { tooManySamples } from '../select/hot-select.ts'
import { whereSelection } from '../select/read-samples.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'

/** Units of work for a histogram (loop-turns.ts): its bytes are walked through one by one. */
const UNITS_PER_HISTOGRAM = 100

/** The histograms of one series. */
interface Found {
  readonly labels: Labels
  readonly timestampsMs: number[]
  readonly rows: number[]
}

export interface HistogramSelection {
  readonly client: StoreClient
  readonly index: SeriesIndex
  /** Series that have histograms. */
  readonly refs: readonly SeriesRef[]
  /** What is not stored yet, as it was before the engine is asked. */
  readonly pending: readonly PendingHistogram[]
  readonly request: SelectRequest
  readonly bounds: QueryBounds
}

/** Reads native histograms from the engine, and what is on its way there. Rejects with a `limit` past the bound of samples. */
export async function selectHistograms(
  selection: HistogramSelection,
  table: HistogramTable,
): Promise<HistogramColumns> {
  const { client, index, refs, pending, request, bounds } = selection
  const { startMs, endMs } = request
  const reading = new Reading(selection, table)
  const where = whereSelection(index, { refs, startMs, endMs }, 'always-by-id')
  const bytes = await client.native(
    `SELECT id, ts, data FROM {db}.histograms WHERE ${where} ORDER BY mh, id, ts LIMIT ${bounds.maxSamples + 1}`,
    { signal: bounds.signal },
  )
  for (const block of decodeBlocks(bytes)) {
    const ids = block.uint64Words('id')
    const times = block.float64('ts')
    const data = block.stringBytes('data')
    for (let row = 0; row < block.rows; row++) {
      const ref = index.findById(ids[row * 2] as number, ids[row * 2 + 1] as number)
      const from = data.starts[row] as number
      reading.add(ref, times[row] as number, data.bytes, from, data.ends[row] as number)
      if (reading.slices.spend(UNITS_PER_HISTOGRAM)) await reading.slices.rest()
    }
  }
  for (const { ref, timestampMs, data } of pending) {
    if (timestampMs < startMs || timestampMs > endMs) continue
    reading.add(ref, timestampMs, data, 0, data.length)
  }
  return reading.finish()
}

class Reading {
  readonly slices: Slices
  readonly #found: ReadonlyMap<SeriesRef, Found>
  readonly #decoder = new HistogramDecoder()
  readonly #table: HistogramTable
  readonly #maxSamples: number
  #count = 0

  constructor({ index, refs, bounds }: HistogramSelection, table: HistogramTable) {
    this.slices = new Slices(() => bounds.signal.throwIfAborted())
    this.#found = new Map(
      refs.map((ref) => [ref, { labels: index.labelsOf(ref), timestampsMs: [], rows: [] }]),
    )
    this.#table = table
    this.#maxSamples = bounds.maxSamples
  }

  add(ref: SeriesRef, timestampMs: number, bytes: Uint8Array, from: number, to: number): void {
    const found = this.#found.get(ref)
    if (found === undefined) return
    const row = this.#decoder.decode(bytes, from, to, this.#table)
    if (row === UNREADABLE_HISTOGRAM) return
    if (++this.#count + this.#table.buckets > this.#maxSamples) throw tooManySamples()
    const { timestampsMs, rows } = found
    let at = timestampsMs.length
    while (at > 0 && (timestampsMs[at - 1] as number) >= timestampMs) at--
    // Of two at one time the one that came last counts, as where the engine folds them.
    const isAgain = timestampsMs[at] === timestampMs
    timestampsMs.splice(at, isAgain ? 1 : 0, timestampMs)
    rows.splice(at, isAgain ? 1 : 0, row)
  }

  finish(): HistogramColumns {
    const all = [...this.#found.values()].filter(({ rows }) => rows.length > 0)
    const offsets = new Uint32Array(all.length + 1)
    for (const [i, { rows }] of all.entries()) {
      offsets[i + 1] = (offsets[i] as number) + rows.length
    }
    const timestampsMs = new Float64Array(offsets[all.length] as number)
    const rows = new Int32Array(timestampsMs.length)
    for (const [i, found] of all.entries()) {
      timestampsMs.set(found.timestampsMs, offsets[i])
      rows.set(found.rows, offsets[i])
    }
    return { labels: all.map(({ labels }) => labels), offsets, timestampsMs, rows }
  }
}
