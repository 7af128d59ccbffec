import type { StoredHistory } from '../alert/backtest/history.ts'
import type { RuleVector } from '../alert/rules/rule-query.ts'
import { readGlobal } from '../collect/config/global.ts'
import type { LabelsJson, PointJson, QueryDataJson } from '../contract/prometheus.ts'
import { Labels } from '../model/labels.ts'
import { formatMatcher } from '../model/matcher.ts'
import { Problem } from '../model/problem.ts'
import type { SeriesColumns } from '../store/metrics-source.ts'
import { FaultList } from '../yaml/fault.ts'
import { parseYaml } from '../yaml/parse.ts'
import { ApiError, RefusedError, type ApiClient } from './api-client.ts'

/** What is stored, asked of a server over the API of Prometheus. */
export function historyOf(client: ApiClient): StoredHistory {
  const ask = async (
    path: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<QueryDataJson> => {
    try {
      return (await client.call<QueryDataJson>(path, parameters)).data
    } catch (thrown) {
      if (thrown instanceof RefusedError)
        throw new Problem('execution', thrown.message, { cause: thrown })
      throw thrown
    }
  }
  return {
    range: async (query, startMs, endMs, stepMs) =>
      columnsOf(
        await ask('/api/v1/query_range', {
          ...{ query, start: seconds(startMs), end: seconds(endMs), step: seconds(stepMs) },
        }),
      ),
    samples: async (matchers, startMs, endMs) => {
      // A range is open at its start.
      const rangeMs = endMs - startMs + 1
      const query = `{${matchers.map(formatMatcher).join(',')}}[${rangeMs}ms]`
      return columnsOf(await ask('/api/v1/query', { query, time: seconds(endMs) }))
    },
    at: async (query, atMs) => vectorOf(await ask('/api/v1/query', { query, time: seconds(atMs) })),
  }
}

/** What the configuration of a server says of rules. */
export interface ServerGlobals {
  readonly intervalMs: number
  readonly queryOffsetMs: number
  readonly externalLabels: Readonly<Record<string, string>>
}

/** Undefined when the server does not tell: who may query need not be allowed to read the configuration. */
export async function readServerGlobals(client: ApiClient): Promise<ServerGlobals | undefined> {
  try {
    const { data } = await client.call<{ readonly yaml: string }>('/api/v1/status/config')
    const faults = new FaultList()
    const root = parseYaml(data.yaml, { file: 'the configuration of the server', faults })
    const node = root?.asMap()?.key('global')
    if (node === undefined) return undefined
    const global = readGlobal(node, { folder: '.', warnsUnsupported: false })
    if (faults.hasErrors) return undefined
    return {
      intervalMs: global.evaluationIntervalMs,
      queryOffsetMs: global.ruleQueryOffsetMs,
      externalLabels: global.externalLabels,
    }
  } catch (thrown) {
    if (thrown instanceof ApiError) return undefined
    throw thrown
  }
}

/** Whether the server evaluates with `promql-delayed-name-removal`; false when it does not tell. */
export async function removesNamesLate(client: ApiClient): Promise<boolean> {
  try {
    const { data } = await client.call<Readonly<Record<string, string>>>('/api/v1/status/flags')
    return (data['enable-feature'] ?? '').split(',').includes('promql-delayed-name-removal')
  } catch (thrown) {
    if (thrown instanceof ApiError) return false
    throw thrown
  }
}

/** With milliseconds. */
function seconds(timeMs: number): string {
  return (timeMs / 1000).toFixed(3)
}

function columnsOf(data: QueryDataJson): SeriesColumns {
  if (data.resultType !== 'matrix') throw unexpected(data)
  const series = data.result.map(({ metric, values }) => ({ metric, points: values ?? [] }))
  const rows = series.reduce((sum, { points }) => sum + points.length, 0)
  const timestampsMs = new Float64Array(rows)
  const values = new Float64Array(rows)
  const offsets = new Uint32Array(series.length + 1)
  let row = 0
  for (const [i, { points }] of series.entries()) {
    for (const [second, value] of points) {
      timestampsMs[row] = Math.round(second * 1000)
      values[row] = toNumber(value)
      row++
    }
    offsets[i + 1] = row
  }
  return { labels: series.map(({ metric }) => Labels.from(metric)), offsets, timestampsMs, values }
}

function vectorOf(data: QueryDataJson): RuleVector {
  const samples: readonly { readonly metric: LabelsJson; readonly value: PointJson }[] =
    data.resultType === 'vector'
      ? data.result
      : data.resultType === 'scalar'
        ? [{ metric: {}, value: data.result }]
        : []
  if (data.resultType === 'matrix' || data.resultType === 'string') throw unexpected(data)
  return {
    labels: samples.map(({ metric }) => Labels.from(metric)),
    values: Float64Array.from(samples, ({ value }) => toNumber(value[1])),
  }
}

/** As Go writes numbers. */
function toNumber(text: string): number {
  if (text === '+Inf') return Infinity
  return text === '-Inf' ? -Infinity : Number(text)
}

function unexpected({ resultType }: QueryDataJson): ApiError {
  return new ApiError(`the server answers a ${resultType} where Prometheus does not`)
}
