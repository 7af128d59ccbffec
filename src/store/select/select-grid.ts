import { decodeNative } from '../../formats/clickhouse-native/decode.ts'
import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import { isStale, wordsOf } from '../../model/stale.ts'
import type { StoreClient } from '../client.ts'
import type { GridColumns, GridFunction, GridRequest, QueryBounds } from '../metrics-source.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import { decimalId, whereSelection } from './read-samples.ts'

/** The engine's functions, which were compared with Prometheus's on random series and found equal. */
const ENGINE_FUNCTION: Partial<Record<GridFunction, string>> = {
  rate: 'timeSeriesRateToGrid',
  increase: 'timeSeriesIncreaseToGrid',
  delta: 'timeSeriesDeltaToGrid',
  irate: 'timeSeriesInstantRateToGrid',
  idelta: 'timeSeriesInstantDeltaToGrid',
  resets: 'timeSeriesResetsToGrid',
  last_over_time: 'timeSeriesLastToGrid',
}

const AGGREGATE = {
  sum: 'sumKahanForEach',
  avg: 'avgForEach',
  min: 'minForEach',
  max: 'maxForEach',
  count: 'countForEach',
} as const

/** Stands for "no value" in the engine's answer; no window function yields it. */
const NOTHING = 'reinterpretAsFloat64(toUInt64(0x7ff0000000000002))'
const METRIC_NAME = new Set(['__name__'])

/**
 * Computes windows over whole grids inside the engine. Undefined when the function is not one of the engine's. All numbers in the
 * statement are our own; no text of a user reaches it.
 */
export async function selectGridFromEngine(
  client: StoreClient,
  index: SeriesIndex,
  refs: readonly SeriesRef[],
  request: GridRequest,
  bounds: QueryBounds,
): Promise<GridColumns | undefined> {
  const engineFunction = ENGINE_FUNCTION[request.func]
  if (engineFunction === undefined) return undefined
  const steps = Math.floor((request.endMs - request.startMs) / request.stepMs) + 1
  if (refs.length === 0) return { labels: [], steps, values: new Float64Array(0), present: new Uint8Array(0) }
  const groups = request.aggregate ? groupSeries(index, refs, request.aggregate) : undefined
  const cells = (groups?.labels.length ?? refs.length) * steps
  if (cells > bounds.maxSamples) {
    throw new Problem('limit', 'query processing would load too many samples into memory in query execution')
  }
  const grid = `${engineFunction}(${seconds(request.startMs - request.offsetMs)}, ${seconds(
    request.startMs - request.offsetMs + (steps - 1) * request.stepMs,
  )}, ${seconds(request.stepMs)}, ${seconds(request.rangeMs)})(ts, v)`
  const where = whereSelection(index, {
    refs,
    // Windows are open on the left, as in Prometheus 3.
    startMs: request.startMs - request.offsetMs - request.rangeMs + 1,
    endMs: request.endMs - request.offsetMs,
  })
  const perSeries = `SELECT id, ${grid} AS g FROM {db}.samples
    WHERE ${where} AND reinterpretAsUInt64(v) != 0x7ff0000000000002 GROUP BY id`
  const sql =
    groups && request.aggregate
      ? `SELECT toUInt64(k) AS id, arrayMap(x -> coalesce(x, ${NOTHING}), a) AS g FROM
          (SELECT ${groupKey(index, refs, groups.groupOf)} AS k, ${aggregated(request.aggregate.op)} AS a FROM (${perSeries}) GROUP BY k)`
      : `SELECT id, arrayMap(x -> coalesce(x, ${NOTHING}), g) AS g FROM (${perSeries})`
  const bytes = await client.native(sql, {
    signal: bounds.signal,
    settings: { allow_experimental_ts_to_grid_aggregate_function: 1 },
  })
  return collect(bytes, steps, (low, high) => {
    if (groups) return groups.labels[low]
    const ref = index.findById(low, high)
    return ref < 0 ? undefined : named(index.labelsOf(ref), request.func)
  })
}

function named(labels: Labels, func: GridFunction): Labels {
  return func === 'last_over_time' ? labels : labels.without(METRIC_NAME)
}

function seconds(durationMs: number): string {
  return `${Math.floor(durationMs / 1000)}.${String(((durationMs % 1000) + 1000) % 1000).padStart(3, '0')}::Decimal64(3)`
}

/** A count of no values is absent, not zero. */
function aggregated(op: keyof typeof AGGREGATE): string {
  const call = `${AGGREGATE[op]}(g)`
  return op === 'count' ? `arrayMap(c -> if(c = 0, NULL, toFloat64(c)), ${call})` : call
}

interface Groups {
  readonly labels: readonly Labels[]
  /** By position in `refs`. */
  readonly groupOf: Uint32Array
}

function groupSeries(
  index: SeriesIndex,
  refs: readonly SeriesRef[],
  aggregate: NonNullable<GridRequest['aggregate']>,
): Groups {
  const names = new Set(aggregate.labels)
  if (aggregate.without) names.add('__name__')
  const labels: Labels[] = []
  const byKey = new Map<string, number>()
  const groupOf = new Uint32Array(refs.length)
  for (let i = 0; i < refs.length; i++) {
    const all = index.labelsOf(refs[i] as number)
    const group = aggregate.without ? all.without(names) : all.keep(names)
    let number = byKey.get(group.key)
    if (number === undefined) {
      number = labels.length
      byKey.set(group.key, number)
      labels.push(group)
    }
    groupOf[i] = number
  }
  return { labels, groupOf }
}

/** An SQL expression that gives the number of the group of a series. */
function groupKey(index: SeriesIndex, refs: readonly SeriesRef[], groupOf: Uint32Array): string {
  if (groupOf.every((group) => group === 0)) return '0'
  const ids = refs.map((ref) => decimalId(index, ref)).join(',')
  return `transform(id, [${ids}]::Array(UInt64), [${groupOf.join(',')}]::Array(UInt32), toUInt32(0))`
}

function collect(
  bytes: Uint8Array,
  steps: number,
  labelsOf: (low: number, high: number) => Labels | undefined,
): GridColumns {
  const labels: Labels[] = []
  const parts: Float64Array[] = []
  for (const block of decodeNative(bytes)) {
    const id = block.uint64Words('id')
    const grids = block.float64Array('g')
    for (let row = 0; row < block.rows; row++) {
      const found = labelsOf(id[row * 2] as number, id[row * 2 + 1] as number)
      if (found === undefined) continue
      labels.push(found)
      parts.push(grids.values.subarray(grids.offsets[row] as number, grids.offsets[row + 1] as number))
    }
  }
  const values = new Float64Array(labels.length * steps)
  const present = new Uint8Array(labels.length * steps)
  for (const [i, part] of parts.entries()) {
    const words = wordsOf(part)
    for (let step = 0; step < steps; step++) {
      if (isStale(part, words, step)) continue
      values[i * steps + step] = part[step] as number
      present[i * steps + step] = 1
    }
  }
  return { labels, steps, values, present }
}
