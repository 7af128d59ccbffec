import type { Labels } from '../../model/labels.ts'
import type { StoreClient } from '../client.ts'
import type { GridColumns, GridFunction, GridRequest, QueryBounds } from '../metrics-source.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import { GridRows } from './grid-rows.ts'
import { choose, tooManySamples } from './hot-select.ts'
import type { SampleEstimate } from './sample-estimate.ts'
import type { SampleReader } from './sample-reader.ts'
import { decimalId, positionsById, whereSelection } from './read-samples.ts'

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
  min: 'minForEach',
  max: 'maxForEach',
  count: 'countForEach',
} as const

/** Stands for "no value" in the engine's answer; no window function yields it. */
const NOTHING = 'reinterpretAsFloat64(toUInt64(0x7ff0000000000002))'
/** How many samples the engine may hold in the states of one statement. */
const SAMPLES_PER_PORTION = 2_000_000
const METRIC_NAME = new Set(['__name__'])

export interface GridSelection {
  readonly client: StoreClient
  readonly index: SeriesIndex
  readonly reader: SampleReader
  readonly estimate: SampleEstimate
}

/** Chooses the series of a request and computes their windows as `selectGridFromEngine` does. */
export function selectGrid(
  { client, index, reader, estimate }: GridSelection,
  request: GridRequest,
  bounds: QueryBounds,
): Promise<GridColumns | undefined> {
  const { matchers, offsetMs } = request
  const startMs = request.startMs - offsetMs - request.rangeMs
  const selection = { matchers, startMs, endMs: request.endMs - offsetMs }
  const refs = reader.refsOf(selection, bounds)
  const perSeries = estimate.samplesPerSeries(selection)
  return selectGridFromEngine(client, index, refs, request, bounds, perSeries)
}

/**
 * Computes windows over whole grids inside the engine. Undefined when the function is not one of the engine's. Series are asked for
 * in portions, so that the engine's states fit into its memory whatever the query selects. All numbers in the statements are our
 * own; no text of a user reaches them.
 */
export async function selectGridFromEngine(
  client: StoreClient,
  index: SeriesIndex,
  refs: readonly SeriesRef[],
  request: GridRequest,
  bounds: QueryBounds,
  samplesPerSeries: number,
): Promise<GridColumns | undefined> {
  const engineFunction = ENGINE_FUNCTION[request.func]
  if (engineFunction === undefined) return undefined
  const steps = Math.floor((request.endMs - request.startMs) / request.stepMs) + 1
  const { aggregate } = request
  const groups = aggregate ? groupSeries(index, refs, aggregate) : undefined
  const rows = groups?.labels.length ?? refs.length
  if (rows * steps > bounds.maxSamples) {
    throw tooManySamples()
  }
  // Taken now: while the engine reads, a series may be forgotten and its ref given to another.
  const labels = groups?.labels ?? refs.map((ref) => named(index.labelsOf(ref), request.func))
  const grids = new GridRows(rows, steps, aggregate?.op)
  const rowOf = new Map<SeriesRef, number>()
  for (let i = 0; i < refs.length; i++) rowOf.set(refs[i] as number, groups?.groupOf[i] ?? i)
  // Neighbours in the table together: each portion then reads as few granules as can be.
  const stamps = new Map(refs.map((ref) => [ref, index.stampOf(ref)]))
  const sorted = index.inTableOrder(refs)
  const portion = Math.max(50, Math.floor(SAMPLES_PER_PORTION / Math.max(1, samplesPerSeries)))
  for (let from = 0; from < sorted.length; from += portion) {
    const part = sorted
      .slice(from, from + portion)
      .filter((ref) => index.stampOf(ref) === stamps.get(ref))
    if (part.length === 0) continue
    const sql = statement(index, part, request, engineFunction, steps, groups && rowOf)
    const byId = groups ? undefined : positionsById(index, choose(index, part))
    const rowById = (low: number, high: number): number | undefined => {
      if (byId === undefined) return low
      const at = byId(low, high)
      return at === undefined ? undefined : rowOf.get(part[at] as number)
    }
    const bytes = await client.native(sql, {
      signal: bounds.signal,
      settings: { allow_experimental_ts_to_grid_aggregate_function: 1 },
    })
    await grids.add(bytes, rowById)
  }
  return { labels, steps, values: grids.values(), present: grids.present }
}

function statement(
  index: SeriesIndex,
  refs: readonly SeriesRef[],
  request: GridRequest,
  engineFunction: string,
  steps: number,
  groupOf: ReadonlyMap<SeriesRef, number> | undefined,
): string {
  const firstMs = request.startMs - request.offsetMs
  const lastMs = firstMs + (steps - 1) * request.stepMs
  const grid = `${engineFunction}(${seconds(firstMs)}, ${seconds(lastMs)}, ${seconds(request.stepMs)}, ${seconds(request.rangeMs)})(ts, v)`
  const where = whereSelection(index, {
    refs,
    // Windows are open on the left, as in Prometheus 3.
    startMs: firstMs - request.rangeMs + 1,
    endMs: lastMs,
  })
  const perSeries = `SELECT id, ${grid} AS g FROM {db}.samples
    WHERE ${where} AND reinterpretAsUInt64(v) != 0x7ff0000000000002 GROUP BY id`
  if (groupOf === undefined || request.aggregate === undefined) {
    return `SELECT id, arrayMap(x -> coalesce(x, ${NOTHING}), g) AS g FROM (${perSeries})`
  }
  // Without an exact list of ids, series of the same metrics that are not wanted come along: they have no group.
  const known = refs.map((ref) => decimalId(index, ref)).join(',')
  const numbers = refs.map((ref) => (groupOf.get(ref) ?? 0) + 1).join(',')
  const key = `transform(id, [${known}]::Array(UInt64), [${numbers}]::Array(UInt32), toUInt32(0))`
  const { op } = request.aggregate
  const first = op === 'avg' ? AGGREGATE.sum : AGGREGATE[op]
  const count = op === 'avg' ? ', countForEach(g) AS n' : ''
  return `SELECT toUInt64(k - 1) AS id, arrayMap(x -> coalesce(toFloat64(x), ${NOTHING}), a) AS g${op === 'avg' ? ', arrayMap(x -> toFloat64(x), n) AS n' : ''}
    FROM (SELECT ${key} AS k, ${first}(g) AS a${count} FROM (${perSeries}) GROUP BY k HAVING k > 0)`
}

function named(labels: Labels, func: GridFunction): Labels {
  return func === 'last_over_time' ? labels : labels.without(METRIC_NAME)
}

function seconds(durationMs: number): string {
  const absoluteMs = Math.abs(durationMs)
  const text = `${Math.floor(absoluteMs / 1000)}.${String(absoluteMs % 1000).padStart(3, '0')}`
  return `'${durationMs < 0 ? '-' : ''}${text}'::Decimal64(3)`
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
