import type { IndexStatsJson } from '../../contract/loki.ts'
import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import { boundSpan } from '../../query/logs/limit-logql.ts'
import type { LineVolume } from '../../store/lines-source.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Params } from '../params.ts'
import type { Answer } from '../send.ts'
import { readLimit, readOrderedBounds, readStep } from './decode-params.ts'
import type { ResultSeries } from '../../query/logs/logql.ts'
import type { LokiDoors } from './doors.ts'
import { encodeResult } from './encode-result.ts'
import { queryStats } from './query-stats.ts'
import { guarded, jsonAnswer } from './respond.ts'

type FigureDoors = Pick<LokiDoors, 'logql' | 'source' | 'limits' | 'log' | 'nowMs'>

const NS_PER_MS = 1_000_000n
const DEFAULT_VOLUMES = 100

/** `index/stats`, `index/volume` and `index/volume_range`. */
export function indexRoutes(doors: FigureDoors): Route[] {
  const route = (path: string, handle: (exchange: Exchange) => Promise<Answer>): Route => ({
    methods: ['GET', 'POST'],
    path,
    permission: 'logs:read',
    handle: guarded(doors.log, path, handle),
  })
  return [
    route('/loki/api/v1/index/stats', async ({ params }) => {
      const bounds = boundSpan(
        readOrderedBounds(params, doors.nowMs()),
        doors.limits(),
        doors.nowMs(),
      )
      const matchers = doors.logql.parseMatchers(params.get('query'), true)
      const figures: IndexStatsJson = await doors.source.stats({ matchers, ...bounds })
      return jsonAnswer(figures)
    }),
    route('/loki/api/v1/index/volume', ({ params }) => volume(doors, params, false)),
    route('/loki/api/v1/index/volume_range', ({ params }) => volume(doors, params, true)),
  ]
}

async function volume(doors: FigureDoors, params: Params, isRange: boolean): Promise<Answer> {
  const { answersVolume, maxVolumeSeries } = doors.limits()
  if (!answersVolume) throw new Problem('not_found', 'not found')
  const bounds = boundSpan(readOrderedBounds(params, doors.nowMs()), doors.limits(), doors.nowMs())
  const asked = params.get('limit') === '0' ? DEFAULT_VOLUMES : readLimit(params)
  const limit = Math.min(asked, maxVolumeSeries || Number.POSITIVE_INFINITY)
  const aggregateBy = params.get('aggregateBy') || 'series'
  if (aggregateBy !== 'series' && aggregateBy !== 'labels') {
    throw new Problem('bad_data', 'invalid aggregation option')
  }
  const matchers = doors.logql.parseMatchers(params.get('query'), true)
  const stepNs = isRange ? readStep(params, bounds) : undefined
  const begunMs = performance.now()
  const read = await doors.source.volume({
    matchers,
    ...bounds,
    ...(stepNs === undefined ? {} : { stepNs }),
  })
  const targets = params
    .get('targetLabels')
    .split(',')
    .filter((name) => name !== '')
  const wanted = new Set(targets.length > 0 ? targets : matchers.map(({ name }) => name))
  const sums = aggregateBy === 'series' ? sumBySeries(read, wanted) : sumByLabel(read, wanted)
  const largest = [...sums].sort(([a, x], [b, y]) => total(y) - total(x) || (a < b ? -1 : 1))
  const shown = largest.slice(0, limit).map(([, sum]) => sum)
  const series = shown.map((sum) => toSeries(sum, bounds.startNs, stepNs, bounds.endNs))
  const type = isRange ? 'matrix' : 'vector'
  const figures = { lines: 0, bytes: 0, postFilterLines: 0 }
  const stats = queryStats(figures, performance.now() - begunMs, series.length)
  return {
    contentType: 'application/json; charset=UTF-8',
    body: encodeResult({ type, series, warnings: [], figures }, stats, false),
  }
}

interface VolumeSum {
  readonly labels: Labels
  readonly bytes: Float64Array
}

function total({ bytes }: VolumeSum): number {
  return bytes.reduce((sum, value) => sum + value, 0)
}

function add(sums: Map<string, VolumeSum>, labels: Labels, key: string, bytes: Float64Array): void {
  const sum = sums.get(key) ?? { labels, bytes: new Float64Array(bytes.length) }
  sums.set(key, sum)
  for (let i = 0; i < bytes.length; i++) sum.bytes[i] = (sum.bytes[i] ?? 0) + (bytes[i] ?? 0)
}

/** By the labels that are named in the query, or all where none is. */
function sumBySeries(
  volumes: readonly LineVolume[],
  wanted: ReadonlySet<string>,
): Map<string, VolumeSum> {
  const sums = new Map<string, VolumeSum>()
  for (const { labels, bytes } of volumes) {
    const shown = wanted.size === 0 ? labels : labels.keep(wanted)
    add(sums, shown, shown.toString(), bytes)
  }
  return sums
}

/** By the name of each label, whatever its value: Loki shows the name with an empty value. */
function sumByLabel(
  volumes: readonly LineVolume[],
  wanted: ReadonlySet<string>,
): Map<string, VolumeSum> {
  const sums = new Map<string, VolumeSum>()
  for (const { labels, bytes } of volumes) {
    const { flat } = labels
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string
      if (wanted.size > 0 && !wanted.has(name)) continue
      add(sums, Labels.fromSortedFlat([name, '']), name, bytes)
    }
  }
  return sums
}

/** A sum over the range stands at its end; the sum of a step where the step begins. Steps without bytes are left out. */
function toSeries(
  { labels, bytes }: VolumeSum,
  startNs: bigint,
  stepNs: bigint | undefined,
  endNs: bigint,
): ResultSeries {
  if (stepNs === undefined) {
    return { labels, timestampsMs: [Number(endNs / NS_PER_MS)], values: [bytes[0] ?? 0] }
  }
  const timestampsMs: number[] = []
  const values: number[] = []
  for (const [i, value] of bytes.entries()) {
    if (value === 0) continue
    timestampsMs.push(Number((startNs + BigInt(i) * stepNs) / NS_PER_MS))
    values.push(value)
  }
  return { labels, timestampsMs, values }
}
