import { keepPreviousData, useQueries } from '@tanstack/react-query'
import { chartDataOf, gridFor, seriesName, type Grid } from '../api/chart-data-of.ts'
import { queryInstant, queryRange, type QueryAnswer } from '../api/prometheus.ts'
import type { ChartData } from '../charts/chart-data.ts'
import { useTime } from '../time/time-context.tsx'
import { letterOf } from './explore-state.ts'

/** The answer to one of the queries. */
export interface ExploreAnswer {
  readonly letter: string
  readonly query: string
  readonly answer: QueryAnswer | undefined
  readonly error: Error | null
  readonly isFetching: boolean
}

const POINTS = 600
const LEAST_STEP_MS = 15_000
/** More series than these are lines that nobody can tell apart. */
const MOST_DRAWN = 500

/** Every query over the time range. */
export function useRangeAnswers(queries: readonly string[]): {
  readonly answers: readonly ExploreAnswer[]
  readonly grid: Grid
} {
  const { resolved } = useTime()
  const grid = gridFor(resolved, { points: POINTS, leastStepMs: LEAST_STEP_MS })
  const results = useQueries({
    queries: queries.map((query) => ({
      queryKey: ['explore', 'range', query, grid, resolved.toMs],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
        queryRange({ expr: query, ...grid, signal }),
      placeholderData: keepPreviousData,
      retry: false,
      gcTime: 60_000,
    })),
  })
  return { answers: results.map((result, i) => toAnswer(result, queries, i)), grid }
}

/** Every query at the end of the time range. */
export function useInstantAnswers(
  queries: readonly string[],
  isWanted: boolean,
): readonly ExploreAnswer[] {
  const { resolved } = useTime()
  const results = useQueries({
    queries: queries.map((query) => ({
      queryKey: ['explore', 'instant', query, resolved.toMs],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
        queryInstant({ expr: query, timeMs: resolved.toMs, signal }),
      enabled: isWanted,
      placeholderData: keepPreviousData,
      retry: false,
      gcTime: 60_000,
    })),
  })
  return results.map((result, i) => toAnswer(result, queries, i))
}

interface Result {
  readonly data: QueryAnswer | undefined
  readonly error: Error | null
  readonly isFetching: boolean
}

function toAnswer(result: Result, queries: readonly string[], index: number): ExploreAnswer {
  const { data: answer, error, isFetching } = result
  return { letter: letterOf(index), query: queries[index] ?? '', answer, error, isFetching }
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
  return { data: { timesMs, series: series.slice(0, MOST_DRAWN) }, total: series.length }
}
