import { keepPreviousData, useQueries } from '@tanstack/react-query'
import { chartDataOf, gridFor, seriesName, type Grid } from '../api/chart-data-of.ts'
import { queryLogInstant, queryLogRange, type LogqlAnswer } from '../api/loki.ts'
import { queryTraceMetrics } from '../api/trace-metrics.ts'
import { exemplarPoints, toMatrix, toVector } from '../api/trace-series.ts'
import { queryInstant, queryRange, type QueryAnswer } from '../api/prometheus.ts'
import type { ChartData, ChartPoint } from '../charts/chart-data.ts'
import type { LanguageId } from '../editor/languages.ts'
import { fillVariables } from '../logs/fill-variables.ts'
import { useTime } from '../time/time-context.tsx'

/** Numbers, with what single observations stand for them. */
export interface ExploredNumbers extends QueryAnswer {
  readonly points?: readonly ChartPoint[]
}

/** The answer to one of the queries. */
export interface ExploreAnswer {
  readonly letter: string
  readonly query: string
  readonly answer: ExploredNumbers | undefined
  readonly error: Error | null
  readonly isFetching: boolean
}

const POINTS = 600
const LEAST_STEP_MS = 15_000
/** More series than these are lines that nobody can tell apart. */
const MOST_DRAWN = 500

/** A query, and what it is called where there are several. */
export interface AskedQuery {
  readonly letter: string
  readonly query: string
}

/** Every query over the time range. */
export function useRangeAnswers(
  asked: readonly AskedQuery[],
  language: LanguageId,
): {
  readonly answers: readonly ExploreAnswer[]
  readonly grid: Grid
} {
  const { resolved } = useTime()
  const grid = gridFor(resolved, { points: POINTS, leastStepMs: LEAST_STEP_MS })
  const rangeMs = resolved.toMs - resolved.fromMs
  const results = useQueries({
    queries: asked.map(({ query }) => ({
      queryKey: ['explore', 'range', language, query, grid, resolved.toMs],
      queryFn: async ({ signal }: { readonly signal: AbortSignal }): Promise<ExploredNumbers> => {
        if (language === 'promql') return queryRange({ expr: query, ...grid, signal })
        if (language === 'traceql') return askTraces(query, grid, signal)
        const filled = fillVariables(query, { stepMs: grid.stepMs, rangeMs })
        return toAnswerOfNumbers(await queryLogRange({ query: filled, ...grid, signal }))
      },
      placeholderData: keepPreviousData,
      retry: false,
      gcTime: 60_000,
    })),
  })
  return { answers: results.map((result, i) => toAnswer(result, asked[i])), grid }
}

/** Every query at the end of the time range. */
export function useInstantAnswers(
  asked: readonly AskedQuery[],
  language: LanguageId,
  isWanted: boolean,
): readonly ExploreAnswer[] {
  const { resolved } = useTime()
  const timeMs = resolved.toMs
  const results = useQueries({
    queries: asked.map(({ query }) => ({
      queryKey: ['explore', 'instant', language, query, resolved.fromMs, timeMs],
      queryFn: async ({ signal }: { readonly signal: AbortSignal }): Promise<QueryAnswer> => {
        if (language === 'promql') return queryInstant({ expr: query, timeMs, signal })
        if (language === 'traceql') {
          return askTraces(query, { startMs: resolved.fromMs, endMs: timeMs }, signal)
        }
        const rangeMs = timeMs - resolved.fromMs
        // Where there is one step only, it is the range.
        const filled = fillVariables(query, { stepMs: rangeMs, rangeMs })
        return toAnswerOfNumbers(await queryLogInstant(filled, timeMs, signal))
      },
      enabled: isWanted,
      placeholderData: keepPreviousData,
      retry: false,
      gcTime: 60_000,
    })),
  })
  return results.map((result, i) => toAnswer(result, asked[i]))
}

/** What a metrics query over spans answers, as PromQL's; without steps one value for the whole range. */
async function askTraces(
  query: string,
  range: Omit<Grid, 'stepMs'> & { readonly stepMs?: number },
  signal: AbortSignal,
): Promise<ExploredNumbers> {
  const { series, tookMs } = await queryTraceMetrics({ query, ...range, signal })
  const shared = { warnings: [], infos: [], stats: undefined, tookMs }
  if (range.stepMs === undefined) {
    return { ...shared, data: { resultType: 'vector', result: toVector(series, range.endMs) } }
  }
  const points = exemplarPoints(series)
  return { ...shared, points, data: { resultType: 'matrix', result: toMatrix(series) } }
}

/** An answer of numbers as PromQL's: what is counted of lines has no samples that were read. */
function toAnswerOfNumbers({ data, warnings, tookMs }: LogqlAnswer): QueryAnswer {
  const shared = { warnings, infos: [], stats: undefined, tookMs }
  if (data.resultType === 'streams') throw new Error('this query asks for lines, not for numbers')
  const { resultType, result } = data
  switch (resultType) {
    case 'matrix':
      return { ...shared, data: { resultType, result } }
    case 'vector':
      return { ...shared, data: { resultType, result } }
    case 'scalar':
      return { ...shared, data: { resultType, result } }
    default:
      return data satisfies never
  }
}

interface Result {
  readonly data: ExploredNumbers | undefined
  readonly error: Error | null
  readonly isFetching: boolean
}

function toAnswer(result: Result, asked: AskedQuery | undefined): ExploreAnswer {
  const { data: answer, error, isFetching } = result
  const { letter = '', query = '' } = asked ?? {}
  return { letter, query, answer, error, isFetching }
}

/** The answers as one chart, and how many series there are in all. */
export function toChart(
  answers: readonly ExploreAnswer[],
  grid: Grid,
): { readonly data: ChartData; readonly total: number } {
  const isSeveral = answers.length > 1
  const parts = answers.flatMap(({ answer, letter }) => {
    if (!answer) return []
    const name = isSeveral
      ? (labels: Readonly<Record<string, string>>) => `${letter}: ${seriesName(labels)}`
      : seriesName
    return [chartDataOf(answer, grid, name)]
  })
  const series = parts.flatMap((part) => part.series)
  const timesMs = parts[0]?.timesMs ?? new Float64Array(0)
  const points = answers.flatMap(({ answer }) => answer?.points ?? [])
  return { data: { timesMs, series: series.slice(0, MOST_DRAWN), points }, total: series.length }
}
