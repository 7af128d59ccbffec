import { decodeBlocks, type NativeBlock } from '../../formats/clickhouse-native/decode.ts'
import type { StoreClient } from '../client.ts'
import type { LineSelection, LineStats, LineVolume, VolumeRequest } from '../lines-source.ts'
import { LINE_BUCKET_NS } from '../schema.ts'
import type { SeriesIndex } from '../series/series-index.ts'
import { choose } from './hot-select.ts'
import { readRepeats } from './line-repeats.ts'
import { LINE_QUERY_SETTINGS, rangeOfLines, refsOfLines, whereLines } from './read-lines.ts'
import { positionsById } from './read-samples.ts'
import { sumOf } from './tally-rows.ts'

const NONE: LineStats = { streams: 0, chunks: 0, bytes: 0, entries: 0 }

/**
 * Counts what a selection of streams and times holds, from the lengths of lines: the text is not read but of those that may have come
 * twice, which count once.
 */
export async function readLineStats(
  client: StoreClient,
  index: SeriesIndex,
  selection: Pick<LineSelection, 'matchers' | 'startNs' | 'endNs'>,
): Promise<LineStats> {
  const refs = refsOfLines(index, selection, Number.POSITIVE_INFINITY)
  const range = rangeOfLines(index, refs, selection)
  if (range === undefined) return NONE
  const where = whereLines(index, refs, range)
  const repeats = await readRepeats(client, where, 'toUInt32(0)')
  const [row] = await client.rows(
    `SELECT count() AS entries, sum({body_bytes}) AS bytes, uniqExact(id) AS streams,
       uniqExact(id, intDiv(toUnixTimestamp64Nano(ts), ${LINE_BUCKET_NS})) AS chunks
     FROM {db}.lines WHERE ${where}`,
    { seesDoomed: true, settings: LINE_QUERY_SETTINGS },
  )
  const twice = (name: 'bytes' | 'entries'): number =>
    repeats.reduce((sum, block) => sum + sumOf(block.float64(name)), 0)
  return {
    streams: Number(row?.['streams'] ?? 0),
    chunks: Number(row?.['chunks'] ?? 0),
    bytes: Number(row?.['bytes'] ?? 0) - twice('bytes'),
    entries: Number(row?.['entries'] ?? 0) - twice('entries'),
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
  const where = whereLines(index, refs, range)
  const stepOf = `toUInt32(intDiv(toUnixTimestamp64Nano(ts) - ${startNs}, ${stepNs}))`
  const repeats = await readRepeats(client, where, stepOf)
  const answer = await client.native(
    `SELECT id, ${stepOf} AS step, toFloat64(sum({body_bytes})) AS bytes
     FROM {db}.lines WHERE ${where} GROUP BY id, step`,
    { seesDoomed: true, settings: LINE_QUERY_SETTINGS },
  )
  const volumes = new Map<number, Float64Array>()
  const add = (block: NativeBlock, sign: 1 | -1): void => {
    const ids = block.uint64Words('id')
    const step = block.uint32('step')
    const bytes = block.float64('bytes')
    for (let i = 0; i < block.rows; i++) {
      const place = placeOf(ids[i * 2] as number, ids[i * 2 + 1] as number)
      if (place === undefined) continue
      const sums = volumes.get(place) ?? new Float64Array(steps)
      volumes.set(place, sums)
      const at = step[i] as number
      sums[at] = (sums[at] ?? 0) + sign * (bytes[i] as number)
    }
  }
  for (const block of decodeBlocks(answer)) add(block, 1)
  for (const block of repeats) add(block, -1)
  return Array.from(volumes, ([place, bytes]) => {
    const own = labels[place]
    return own === undefined ? [] : [{ labels: own, bytes }]
  }).flat()
}
