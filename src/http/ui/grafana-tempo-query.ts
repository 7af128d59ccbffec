import type { ServedDatasource } from '../../dashboards/datasources.ts'
import {
  isObject,
  listOf,
  numberOf,
  objectsOf,
  textOf,
  type JsonObject,
} from '../../lang/dashboard/json-value.ts'
import { filtersToTraceql } from '../../lang/dashboard/traceql-filters.ts'
import { parse } from '../../lang/traceql/parse.ts'
import type { Exchange } from '../exchange.ts'
import { bodyText, type Sources } from './grafana-sources.ts'

/** A query of a source of traces in `POST /api/ds/query`. */
export interface TempoQuery {
  readonly source: ServedDatasource
  readonly query: JsonObject
  readonly refId: string
  readonly fromMs: number
  readonly toMs: number
  readonly stepMs: number
}

/** Frames, or why there are none, with the status that says so. */
export type TempoResult =
  | { readonly frames: readonly object[] }
  | { readonly status: number; readonly error: string }

const DEFAULT_TRACES = 20

/** Asks a source of traces: metrics queries are answered as series, searches as Grafana's table of traces. */
export async function askTempoQuery(
  sources: Sources,
  exchange: Exchange,
  asked: TempoQuery,
): Promise<TempoResult> {
  const type = textOf(asked.query['queryType']) ?? 'traceql'
  if (type !== 'traceql' && type !== 'traceqlSearch') {
    return { status: 400, error: `queries of the kind ${type} are answered by the Tempo API alone` }
  }
  const q =
    type === 'traceql'
      ? (textOf(asked.query['query']) ?? '')
      : filtersToTraceql(objectsOf(asked.query['filters']))
  const isMetrics = (parse(q).query?.body.kind ?? 'pipeline') !== 'pipeline'
  const answer = await sources.ask(exchange, asked.source, {
    method: 'GET',
    path: isMetrics ? 'api/metrics/query_range' : 'api/search',
    parameters: parametersOf(q, isMetrics, asked),
  })
  const text = bodyText(answer)
  const status = answer.status ?? 200
  if (status >= 300) return { status, error: text.slice(0, 1000) }
  const data = readObject(text)
  if (data === undefined) return { status: 502, error: 'the source does not answer as Tempo does' }
  const { refId } = asked
  return {
    frames: isMetrics
      ? objectsOf(data['series']).map((series) => seriesFrame(series, refId))
      : [tracesFrame(objectsOf(data['traces']), refId)],
  }
}

function parametersOf(
  q: string,
  isMetrics: boolean,
  { query, fromMs, toMs, stepMs }: TempoQuery,
): URLSearchParams {
  const start = String(Math.floor(fromMs / 1000))
  const end = String(Math.ceil(toMs / 1000))
  if (isMetrics) return new URLSearchParams({ q, start, end, step: `${stepMs / 1000}s` })
  const limit = String(Math.round(numberOf(query['limit']) ?? DEFAULT_TRACES))
  return new URLSearchParams({ q, start, end, limit })
}

function readObject(text: string): JsonObject | undefined {
  try {
    const read: unknown = JSON.parse(text)
    return isObject(read) ? read : undefined
  } catch {
    return undefined
  }
}

/** A value that is left out is 0, as protobuf's JSON has it. */
function seriesFrame(series: JsonObject, refId: string): object {
  const samples = objectsOf(series['samples'])
  const labels = Object.fromEntries(
    objectsOf(series['labels']).map((one) => [textOf(one['key']) ?? '', labelText(one['value'])]),
  )
  const time = { name: 'time', type: 'time', typeInfo: { frame: 'time.Time' }, config: {} }
  const value = {
    ...{ name: 'value', type: 'number', typeInfo: { frame: 'float64' }, labels },
    config: { displayNameFromDS: nameOf(labels, textOf(series['promLabels'])) },
  }
  return {
    schema: {
      refId,
      meta: { type: 'timeseries-multi', typeVersion: [0, 1] },
      fields: [time, value],
    },
    data: {
      values: [
        samples.map((one) => numberOf(one['timestampMs']) ?? 0),
        samples.map((one) => numberOf(one['value']) ?? 0),
      ],
    },
  }
}

/** The one value of `{"stringValue": "a"}`. */
function labelText(value: unknown): string {
  return isObject(value) ? (listOf(Object.values(value)).map(textOf)[0] ?? '') : ''
}

function nameOf(labels: Readonly<Record<string, string>>, written: string | undefined): string {
  const values = Object.values(labels)
  return values.length === 1 ? (values[0] ?? '') : (written ?? '')
}

function tracesFrame(traces: readonly JsonObject[], refId: string): object {
  const text = { type: 'string', typeInfo: { frame: 'string' } }
  const texts = (key: string) => traces.map((trace) => textOf(trace[key]) ?? '')
  const time = { type: 'time', typeInfo: { frame: 'time.Time' } }
  const duration = { type: 'number', typeInfo: { frame: 'float64' }, config: { unit: 'ms' } }
  return {
    schema: {
      refId,
      meta: { preferredVisualisationType: 'table' },
      fields: [
        { name: 'traceID', ...text },
        { name: 'startTime', ...time },
        { name: 'traceService', ...text },
        { name: 'traceName', ...text },
        { name: 'traceDuration', ...duration },
      ],
    },
    data: {
      values: [
        texts('traceID'),
        texts('startTimeUnixNano').map((ns) => Number(ns.slice(0, -6))),
        texts('rootServiceName'),
        texts('rootTraceName'),
        traces.map((trace) => numberOf(trace['durationMs']) ?? 0),
      ],
    },
  }
}
