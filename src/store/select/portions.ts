import type { Labels } from '../../model/labels.ts'
import type {
  PortionColumns,
  QueryBounds,
  SelectRequest,
  SeriesPortions,
} from '../metrics-source.ts'
import type { SeriesIndex } from '../series/series-index.ts'
import { choose } from './hot-select.ts'
import type { SampleReader } from './sample-reader.ts'

/** Samples in a portion, about: large enough that asking for it costs little, small enough that two of them do. */
const SAMPLES_PER_PORTION = 1_000_000
const LEAST_ROWS = 50

/**
 * A large selection read a portion at a time. Rows are in the order of the table, so that a portion reads as few granules as can
 * be. A series that is forgotten between two portions has no samples any more.
 */
export function readPortions(
  index: SeriesIndex,
  reader: SampleReader,
  request: SelectRequest,
  bounds: QueryBounds,
  samplesPerSeries: number,
): SeriesPortions {
  const series = choose(index, index.inTableOrder(reader.refsOf(request, bounds)))
  const { refs, stamps } = series
  const labels = refs.map((ref): Labels => index.labelsOf(ref))
  const rows = Math.max(LEAST_ROWS, Math.floor(SAMPLES_PER_PORTION / Math.max(1, samplesPerSeries)))
  return {
    labels,
    async read(from): Promise<PortionColumns> {
      const to = Math.min(refs.length, from + rows)
      const part = { refs: refs.slice(from, to), stamps: stamps.subarray(from, to) }
      const columns = await reader.read(part, request.startMs, request.endMs, bounds)
      const { offsets, timestampsMs, values } = columns
      return { from, to, offsets, timestampsMs, values }
    },
  }
}
