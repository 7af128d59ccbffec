import type { HistogramTable } from '../../model/histograms/histogram-table.ts'
import type { StoreClient } from '../client.ts'
import type { SampleWriter } from '../insert/sample-writer.ts'
import type { HistogramColumns, QueryBounds, SelectRequest } from '../metrics-source.ts'
import type { SampleReader } from '../select/sample-reader.ts'
import type { SeriesIndex } from '../series/series-index.ts'
import { selectHistograms } from './select-histograms.ts'

export interface HistogramParts {
  readonly client: StoreClient
  readonly index: SeriesIndex
  readonly reader: SampleReader
  readonly writer: SampleWriter
}

const NONE: HistogramColumns = {
  labels: [],
  offsets: new Uint32Array(1),
  timestampsMs: new Float64Array(0),
  rows: new Int32Array(0),
}

/** The native histograms of a store. Which series have any, its index knows. */
export class StoreHistograms {
  readonly #parts: () => HistogramParts

  /** The parts are asked for when they are needed: a store is put together step by step. */
  constructor(parts: () => HistogramParts) {
    this.#parts = parts
  }

  /** See `MetricsSource.selectHistograms`. */
  async select(
    request: SelectRequest,
    bounds: QueryBounds,
    table: HistogramTable,
  ): Promise<HistogramColumns> {
    const { client, index, reader, writer } = this.#parts()
    const refs = reader.refsOf(request, bounds).filter((ref) => index.histograms.has(ref))
    if (refs.length === 0) return NONE
    const pending = writer.waitingHistograms
    return selectHistograms({ client, index, refs, pending, request, bounds }, table)
  }
}
