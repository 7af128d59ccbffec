import { decodeNative } from '../../formats/clickhouse-native/decode.ts'
import { Labels } from '../../model/labels.ts'
import type { Exemplar } from '../../model/samples.ts'
import type { StoreClient } from '../client.ts'
import type { QueryBounds, SelectRequest } from '../metrics-source.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import { whereSelection } from './read-samples.ts'

const MAX_EXEMPLARS = 10_000

/** The exemplars of series in a range, by series and time; at most 10,000, the newest. */
export async function selectExemplars(
  client: StoreClient,
  index: SeriesIndex,
  refs: readonly SeriesRef[],
  request: SelectRequest,
  bounds: QueryBounds,
): Promise<readonly Exemplar[]> {
  if (refs.length === 0) return []
  const where = whereSelection(
    index,
    { refs, startMs: request.startMs, endMs: request.endMs },
    'always-by-id',
  )
  const bytes = await client.native(
    `SELECT id, ts, v, labels FROM {db}.exemplars FINAL WHERE ${where} ORDER BY ts DESC LIMIT ${MAX_EXEMPLARS}`,
    { signal: bounds.signal },
  )
  const out: Exemplar[] = []
  for (const block of decodeNative(bytes)) {
    const id = block.uint64Words('id')
    const ts = block.float64('ts')
    const v = block.float64('v')
    const { offsets, keys, values } = block.stringMap('labels')
    for (let row = 0; row < block.rows; row++) {
      const ref = index.findById(id[row * 2] as number, id[row * 2 + 1] as number)
      if (ref < 0) continue
      const pairs: [string, string][] = []
      for (let i = offsets[row] as number; i < (offsets[row + 1] as number); i++) {
        pairs.push([keys[i] as string, values[i] as string])
      }
      out.push({
        series: index.labelsOf(ref),
        labels: Labels.fromPairs(pairs),
        value: v[row] as number,
        timestampMs: ts[row] as number,
      })
    }
  }
  return out.reverse()
}
