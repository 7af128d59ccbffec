import { decodeBlocks } from '../../formats/clickhouse-native/decode.ts'
import type { StoreClient } from '../client.ts'
import type { LineSelection, LineStats, LineVolume, VolumeRequest } from '../lines-source.ts'
import { LINE_BUCKET_NS } from '../schema.ts'
import type { SeriesIndex } from '../series/series-index.ts'
import { choose } from './hot-select.ts'
import { LINE_QUERY_SETTINGS, rangeOfLines, refsOfLines, whereLines } from './read-lines.ts'
import { positionsById } from './read-samples.ts'

const NONE: LineStats = { streams: 0, chunks: 0, bytes: 0, entries: 0 }

/**
 * Counts what a selection of streams and times holds, from the lengths of lines: their text is not read. Rows that were inserted
 * twice and are not folded yet are counted twice.
 */
export async function readLineStats(
  client: StoreClient,
  index: SeriesIndex,
  selection: Pick<LineSelection, 'matchers' | 'startNs' | 'endNs'>,
): Promise<LineStats> {
  const refs = refsOfLines(index, selection, Number.POSITIVE_INFINITY)
  const range = rangeOfLines(index, refs, selection)
  if (range === undefined) return NONE
  const [row] = await client.rows(
    `SELECT count() AS entries, sum(length(body)) AS bytes, uniqExact(id) AS streams,
       uniqExact(id, intDiv(toUnixTimestamp64Nano(ts), ${LINE_BUCKET_NS})) AS chunks
     FROM {db}.lines WHERE ${whereLines(index, refs, range)}`,
    { seesDoomed: true, settings: LINE_QUERY_SETTINGS },
  )
  return {
    streams: Number(row?.['streams'] ?? 0),
    chunks: Number(row?.['chunks'] ?? 0),
    bytes: Number(row?.['bytes'] ?? 0),
    entries: Number(row?.['entries'] ?? 0),
  }
}

/** The bytes of each stream of a selection, by step. */
export async function readLineVolume(
  client: StoreClient,
  index: SeriesIndex,
  request: VolumeRequest,
): Promise<readonly LineVolume[]> {
  const { startNs, endNs, stepNs = endNs - startNs } = request
  const refs = refsOfLines(index, request, Number.POSITIVE_INFINITY)
  const range = rangeOfLines(index, refs, request)
  if (range === undefined) return []
  const steps = Number((endNs - startNs + stepNs - 1n) / stepNs)
  const labels = refs.map((ref) => index.labelsOf(ref))
  const placeOf = positionsById(index, choose(index, refs))
  const answer = await client.native(
    `SELECT id, toUInt32(intDiv(toUnixTimestamp64Nano(ts) - ${startNs}, ${stepNs})) AS step, toFloat64(sum(length(body))) AS bytes
     FROM {db}.lines WHERE ${whereLines(index, refs, range)} GROUP BY id, step`,
    { seesDoomed: true, settings: LINE_QUERY_SETTINGS },
  )
  const volumes = new Map<number, Float64Array>()
  for (const block of decodeBlocks(answer)) {
    const ids = block.uint64Words('id')
    const step = block.uint32('step')
    const bytes = block.float64('bytes')
    for (let i = 0; i < block.rows; i++) {
      const place = placeOf(ids[i * 2] as number, ids[i * 2 + 1] as number)
      if (place === undefined) continue
      const sums = volumes.get(place) ?? new Float64Array(steps)
      volumes.set(place, sums)
      sums[step[i] as number] = bytes[i] as number
    }
  }
  return Array.from(volumes, ([place, bytes]) => {
    const own = labels[place]
    return own === undefined ? [] : [{ labels: own, bytes }]
  }).flat()
}
