import { Problem } from '../../model/problem.ts'
import type { Hint, MetricsExpression } from '../../lang/traceql/ast.ts'
import { parseQueryDurationNs } from '../../lang/logql/quantity.ts'
import { evaluateMetrics } from '../../query/traceql/evaluate-metrics.ts'
import {
  alignGrid,
  chooseStepNs,
  type MetricsGrid,
  timestampMsOf,
  wholeGrid,
} from '../../query/traceql/metrics-grid.ts'
import { type MetricsSeries, promValue } from '../../query/traceql/metrics-series.ts'
import type { SpanRange } from '../../store/spans-source.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Params } from '../params.ts'
import type { Answer } from '../send.ts'
import { fieldJson } from './attribute-json.ts'
import type { TempoDoors } from './doors.ts'
import { chooseExemplars, exemplarsJson, readExemplars } from './exemplars.ts'
import { boundRange, readQuery, readRange } from './read-search.ts'
import { guarded, jsonAnswer } from './respond.ts'

type MetricsDoors = Pick<TempoDoors, 'source' | 'log' | 'limits' | 'nowMs'>

const MAX_SERIES = 1000
const MAX_SPANS = 5_000_000
const NS_PER_S = 1_000_000_000n

/** `/api/metrics/query_range` and `/api/metrics/query`: TraceQL's metrics queries. */
export function metricsRoutes(doors: MetricsDoors): Route[] {
  const route = (path: string, handle: (exchange: Exchange) => Promise<Answer>): Route => ({
    methods: ['GET'],
    path,
    permission: 'traces:read',
    handle: guarded(doors.log, path, handle),
  })
  return [
    route('/api/metrics/query_range', (exchange) => queryRange(doors, exchange)),
    route('/api/metrics/query', (exchange) => queryInstant(doors, exchange)),
  ]
}

async function queryRange(doors: MetricsDoors, exchange: Exchange): Promise<Answer> {
  const { params } = exchange
  const range = readMetricsRange(params, doors.nowMs())
  boundRange(range, doors.limits().maxMetricsMs)
  const grid = alignGrid(range, readStepNs(params, range))
  const query = readMetricsQuery(params)
  const exemplars = readExemplars(params, query.hints)
  const { series, inspectedSpans } = await evaluate(doors, exchange, {
    ...{ grid, body: query.body, hasExemplars: exemplars > 0 },
  })
  const shown = chooseExemplars(series, exemplars)
  return jsonAnswer({
    series: series.map((one) =>
      toJson(one, {
        samples: samplesJson(one, grid),
        ...exemplarsJson(one, shown),
      }),
    ),
    metrics: { inspectedSpans: String(inspectedSpans), totalJobs: 1, completedJobs: 1 },
  })
}

async function queryInstant(doors: MetricsDoors, exchange: Exchange): Promise<Answer> {
  const range = readMetricsRange(exchange.params, doors.nowMs())
  boundRange(range, doors.limits().maxMetricsMs)
  const grid = wholeGrid(range)
  const { body } = readMetricsQuery(exchange.params)
  const { series, inspectedSpans } = await evaluate(doors, exchange, {
    ...{ grid, body, hasExemplars: false },
  })
  return jsonAnswer({
    series: series
      .filter(({ values }) => !Number.isNaN(values[0]))
      .map((one) => toJson(one, { value: one.values[0] ?? 0 })),
    metrics: { inspectedSpans: String(inspectedSpans), totalJobs: 1, completedJobs: 1 },
  })
}

async function evaluate(
  { source }: MetricsDoors,
  { signal }: Exchange,
  { grid, body, hasExemplars }: MetricsQuestion,
): Promise<{ readonly series: readonly MetricsSeries[]; readonly inspectedSpans: number }> {
  const cost = { inspectedSpans: 0 }
  const options = { grid, maxSeries: MAX_SERIES, maxSpans: MAX_SPANS, hasExemplars, signal }
  const series = await evaluateMetrics(source, body, options, cost)
  return { series, inspectedSpans: cost.inspectedSpans }
}

interface MetricsQuestion {
  readonly grid: MetricsGrid
  readonly body: MetricsExpression
  readonly hasExemplars: boolean
}

function readMetricsQuery(params: Params): {
  readonly body: MetricsExpression
  readonly hints: readonly Hint[]
} {
  const { body, hints } = readQuery(params.get('q').trim() || params.get('query').trim())
  if (body.kind !== 'pipeline') return { body, hints }
  throw new Problem(
    'bad_data',
    'invalid TraceQL query: not a metrics query: add a function, as in | rate()',
  )
}

/** A series with its labels in both notations. */
function toJson({ labels }: MetricsSeries, values: object): object {
  const shown = labels
    .map(({ name, value }) => `${name}=${JSON.stringify(promValue(value))}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
  return {
    labels: labels.map(({ name, value }) => fieldJson(name, value)),
    promLabels: `{${shown.join(', ')}}`,
    ...values,
  }
}

function samplesJson({ values }: MetricsSeries, grid: MetricsGrid): unknown[] {
  const samples: unknown[] = []
  for (const [i, value] of values.entries()) {
    if (Number.isNaN(value)) continue
    // 0 is left out by protobuf's own JSON.
    const timestampMs = String(timestampMsOf(grid, i))
    samples.push(value === 0 ? { timestampMs } : { timestampMs, value })
  }
  return samples
}

/** `start` and `end` in Unix seconds or nanoseconds, or `since` as a duration; without them the last hour. */
function readMetricsRange(params: Params, nowMs: number): SpanRange {
  const since = params.get('since')
  const nowNs = BigInt(Math.floor(nowMs)) * 1_000_000n
  if (since !== '') {
    const sinceNs = parseQueryDurationNs(since)
    if (sinceNs === undefined || sinceNs <= 0)
      throw new Problem('bad_data', `invalid since: ${JSON.stringify(since.slice(0, 50))}`)
    return { startNs: nowNs - BigInt(Math.round(sinceNs)), endNs: nowNs }
  }
  const startNs = readTimeNs(params, 'start')
  const endNs = readTimeNs(params, 'end')
  if (startNs === undefined && endNs === undefined)
    return { startNs: nowNs - 3600n * NS_PER_S, endNs: nowNs }
  if (startNs === undefined || endNs === undefined) return readRange(params, nowMs)
  if (startNs >= endNs) throw new Problem('bad_data', 'http parameter start must be before end')
  return { startNs, endNs }
}

/** Seconds have ten digits at most, nanoseconds more; fractions of seconds are taken, too. */
function readTimeNs(params: Params, name: string): bigint | undefined {
  const text = params.get(name)
  if (text === '') return undefined
  if (/^[0-9]{11,19}$/.test(text)) return BigInt(text)
  if (/^[0-9]{1,10}(?:\.[0-9]{1,9})?$/.test(text)) {
    const [whole = '0', fraction = ''] = text.split('.')
    return BigInt(whole) * NS_PER_S + BigInt(fraction.padEnd(9, '0'))
  }
  throw new Problem(
    'bad_data',
    `invalid ${name}: ${JSON.stringify(text.slice(0, 50))}: Unix seconds or nanoseconds are allowed`,
  )
}

/** A duration, or seconds. */
function readStepNs(params: Params, range: SpanRange): bigint {
  const text = params.get('step')
  if (text === '') return chooseStepNs(range)
  const stepNs = /^[0-9]+(?:\.[0-9]+)?$/.test(text)
    ? Number(text) * 1e9
    : parseQueryDurationNs(text)
  if (stepNs === undefined || !(stepNs > 0) || !Number.isFinite(stepNs))
    throw new Problem('bad_data', `invalid step: ${JSON.stringify(text.slice(0, 50))}`)
  return BigInt(Math.round(stepNs))
}
