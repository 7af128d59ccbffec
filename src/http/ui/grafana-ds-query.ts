import { findDatasource, type ServedDatasource } from '../../dashboards/datasources.ts'
import type { QueryDataJson } from '../../contract/prometheus.ts'
import {
  isObject,
  numberOf,
  objectsOf,
  textOf,
  type JsonObject,
} from '../../lang/dashboard/json-value.ts'
import { parseDurationMs } from '../../model/duration.ts'
import { Problem } from '../../model/problem.ts'
import type { Exchange } from '../exchange.ts'
import type { Answer } from '../send.ts'
import type { DatasourceDoors } from './grafana-datasources.ts'
import { json, readBody } from './grafana-route.ts'
import { bodyText } from './grafana-sources.ts'
import { askTempoQuery } from './grafana-tempo-query.ts'

const MAX_QUERIES = 50
const LEAST_STEP_MS = 1000
/** Prometheus takes no more points of a series. */
const MAX_POINTS = 11_000

/** `POST /api/ds/query`: queries of sources of metrics and traces, answered as Grafana's data frames. */
export async function readQueries(doors: DatasourceDoors, exchange: Exchange): Promise<Answer> {
  const body = readBody(exchange)
  const queries = objectsOf(body['queries'])
  if (queries.length === 0) throw new Problem('bad_data', 'no queries found')
  if (queries.length > MAX_QUERIES) throw new Problem('bad_data', `at most ${MAX_QUERIES} queries`)
  const nowMs = Date.now()
  const range = {
    fromMs: readTime(body['from'], nowMs, nowMs - 3_600_000),
    toMs: readTime(body['to'], nowMs, nowMs),
  }
  const results: [string, object][] = []
  for (const query of queries) {
    const refId = textOf(query['refId']) ?? 'A'
    results.push([refId, await answerQuery(doors, exchange, query, range)])
  }
  const isBad = results.every(([, result]) => 'error' in result)
  return json({ results: Object.fromEntries(results) }, isBad ? 400 : 200)
}

interface Range {
  readonly fromMs: number
  readonly toMs: number
}

async function answerQuery(
  { datasources, sources }: DatasourceDoors,
  exchange: Exchange,
  query: JsonObject,
  range: Range,
): Promise<object> {
  const source = sourceOf(datasources(), query)
  if (source === undefined) return failed(404, 'data source not found')
  if (source.type === 'tempo') {
    const asked = { source, query, refId: textOf(query['refId']) ?? 'A', ...range }
    const answer = await askTempoQuery(sources, exchange, {
      ...asked,
      stepMs: stepOf(query, range),
    })
    return 'error' in answer ? failed(answer.status, answer.error) : { status: 200, ...answer }
  }
  if (source.type !== 'prometheus')
    return failed(400, `queries of the type ${source.type} are not answered here`)
  const expr = textOf(query['expr']) ?? ''
  const refId = textOf(query['refId']) ?? 'A'
  const isInstant = query['instant'] === true && query['range'] !== true
  const stepMs = stepOf(query, range)
  const parameters = new URLSearchParams(
    isInstant
      ? { query: expr, time: String(range.toMs / 1000) }
      : {
          query: expr,
          start: String(range.fromMs / 1000),
          end: String(range.toMs / 1000),
          step: String(stepMs / 1000),
        },
  )
  const path = isInstant ? 'api/v1/query' : 'api/v1/query_range'
  const answer = await sources.ask(exchange, source, { method: 'GET', path, parameters })
  const parsed = parseEnvelope(bodyText(answer))
  if (parsed.data === undefined) return failed(answer.status ?? 500, parsed.error)
  return { status: 200, frames: framesOf(parsed.data, refId, expr) }
}

function failed(status: number, error: string): object {
  return { error, errorSource: 'downstream', status, frames: [] }
}

function sourceOf(
  all: readonly ServedDatasource[],
  query: JsonObject,
): ServedDatasource | undefined {
  const ref = query['datasource']
  const uid = isObject(ref) ? textOf(ref['uid']) : textOf(ref)
  if (uid !== undefined) return findDatasource(all, uid) ?? all.find(({ name }) => name === uid)
  const id = numberOf(query['datasourceId'])
  return all.find((each) => (id === undefined ? each.isDefault : each.id === id))
}

function stepOf(query: JsonObject, { fromMs, toMs }: Range): number {
  const written = parseDurationMs(textOf(query['interval']) ?? '') ?? 0
  const asked = Math.max(numberOf(query['intervalMs']) ?? 15_000, written, LEAST_STEP_MS)
  return Math.max(asked, Math.ceil((toMs - fromMs) / MAX_POINTS))
}

/** Milliseconds since 1970, or Grafana's `now` and `now-6h`. */
function readTime(value: unknown, nowMs: number, fallbackMs: number): number {
  const text = textOf(value) ?? ''
  if (text === '') return fallbackMs
  if (/^[0-9]{1,15}$/.test(text)) return Number(text)
  const found = /^now(?:([+-])([0-9]+[smhdwy]))?$/.exec(text)
  if (found === null)
    throw new Problem('bad_data', `${JSON.stringify(text.slice(0, 50))} is no time such as now-6h`)
  const durationMs = parseDurationMs(found[2] ?? '0s') ?? 0
  return nowMs + (found[1] === '-' ? -durationMs : durationMs)
}

/** What a server that speaks Prometheus's API answers; a shape that is promised, and checked where it is read. */
function parseEnvelope(text: string): { readonly data?: QueryDataJson; readonly error: string } {
  try {
    const envelope: unknown = JSON.parse(text)
    if (!isObject(envelope)) return { error: 'the source does not answer as Prometheus does' }
    const { data, error, message } = envelope
    if (isQueryData(data)) return { data, error: '' }
    return { error: textOf(error) ?? textOf(message) ?? 'no data' }
  } catch {
    return { error: 'the source does not answer with JSON' }
  }
}

function isQueryData(value: unknown): value is QueryDataJson {
  return (
    isObject(value) && typeof value['resultType'] === 'string' && Array.isArray(value['result'])
  )
}

interface Points {
  readonly labels: Readonly<Record<string, string>>
  readonly points: readonly (readonly [seconds: number, value: string])[]
}

/** One frame a series, with a field of times and one of values. */
function framesOf(data: QueryDataJson, refId: string, expr: string): readonly object[] {
  return pointsOf(data).map(({ labels, points }) => {
    const { __name__: name, ...rest } = labels
    const valueField = {
      ...{ name: 'Value', type: 'number', typeInfo: { frame: 'float64' }, labels: { ...labels } },
      config: { displayNameFromDS: nameOf(name, rest, expr) },
    }
    const timeField = { name: 'Time', type: 'time', typeInfo: { frame: 'time.Time' }, config: {} }
    const times = points.map(([seconds]) => Math.round(seconds * 1000))
    const values = points.map(([, text]) => finiteOrNull(Number(text)))
    return {
      schema: {
        refId,
        meta: {
          type: 'timeseries-multi',
          typeVersion: [0, 1],
          executedQueryString: `Expr: ${expr}`,
        },
        fields: [timeField, valueField],
      },
      data: { values: [times, values] },
    }
  })
}

function pointsOf(data: QueryDataJson): readonly Points[] {
  switch (data.resultType) {
    case 'matrix':
      return data.result.map(({ metric, values }) => ({ labels: metric, points: values }))
    case 'vector':
      return data.result.flatMap(({ metric, value }) =>
        value === undefined ? [] : [{ labels: metric, points: [value] }],
      )
    case 'scalar':
      return [{ labels: {}, points: [data.result] }]
    default:
      return []
  }
}

function nameOf(
  name: string | undefined,
  labels: Readonly<Record<string, string>>,
  expr: string,
): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value}"`)
  if (pairs.length === 0) return name ?? expr
  return `${name ?? ''}{${pairs.join(', ')}}`
}

/** JSON has no NaN and no infinity. */
function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
