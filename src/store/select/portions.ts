import type { Labels } from '../../model/labels.ts'
import type {
  PortionColumns,
  QueryBounds,
  SelectRequest,
  SeriesPortions,
} from '../metrics-source.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
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
  const refs = reader
    .refsOf(request, bounds)
    .toSorted((a, b) => index.metricHashOf(a) - index.metricHashOf(b) || a - b)
  const labels = refs.map((ref): Labels => index.labelsOf(ref))
  const stamps = refs.map((ref) => index.stampOf(ref))
  const rows = Math.max(LEAST_ROWS, Math.floor(SAMPLES_PER_PORTION / Math.max(1, samplesPerSeries)))
  return {
    labels,
    async read(from): Promise<PortionColumns> {
      const to = Math.min(refs.length, from + rows)
      const places: number[] = []
      const alive: SeriesRef[] = []
      for (let row = from; row < to; row++) {
        const ref = refs[row] as number
        if (index.stampOf(ref) !== stamps[row]) continue
        places.push(row - from)
        alive.push(ref)
      }
      const columns = await reader.read(alive, request.startMs, request.endMs, bounds)
      const offsets = new Uint32Array(to - from + 1)
      for (const [i, place] of places.entries())
        offsets[place + 1] = columns.offsets[i + 1] as number
      for (let i = 1; i < offsets.length; i++) {
        offsets[i] = Math.max(offsets[i] as number, offsets[i - 1] as number)
      }
      return { from, to, offsets, timestampsMs: columns.timestampsMs, values: columns.values }
    },
  }
}
