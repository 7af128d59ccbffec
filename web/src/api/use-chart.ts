import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { LabelsJson } from '../../../src/contract/prometheus.ts'
import type { ChartData, ChartSeries, SeriesStyle } from '../charts/chart-data.ts'
import { useTime } from '../time/time-context.tsx'
import type { ResolvedRange } from '../time/time-range.ts'
import { chartDataOf, gridFor, seriesName } from './chart-data-of.ts'
import { queryRange } from './prometheus.ts'

/** One expression of a chart. */
export interface ChartQuery {
  readonly expr: string
  /** The name of its series, or how it is made of their labels. */
  readonly name?: string | ((labels: LabelsJson) => string)
  readonly style?: SeriesStyle
}

export interface ChartState {
  /** Undefined until the first answer; then the newest one, also while the next is on its way. */
  readonly data: ChartData | undefined
  readonly error: Error | null
  readonly isFetching: boolean
  readonly refetch: () => void
}

/** A chart as wide as a third of a screen needs no more points than this. */
const POINTS = 300
const LEAST_STEP_MS = 15_000

/** Reads expressions over the page's time range, or the one that is given, as one chart. */
export function useChart(queries: readonly ChartQuery[], given?: ResolvedRange): ChartState {
  const time = useTime()
  const range = given ?? time.resolved
  const grid = gridFor(range, { points: POINTS, leastStepMs: LEAST_STEP_MS })
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['chart', queries.map(({ expr }) => expr), grid, range.toMs],
    queryFn: async ({ signal }) => {
      const answers = await Promise.all(
        queries.map(({ expr }) => queryRange({ expr, ...grid, signal })),
      )
      return answers.map((answer, i) => chartDataOf(answer, grid, namerOf(queries[i])))
    },
    select: (parts) => joinCharts(parts, queries),
    placeholderData: keepPreviousData,
    gcTime: 30_000,
  })
  return { data, error, isFetching, refetch: () => void refetch() }
}

function namerOf(query: ChartQuery | undefined): (labels: LabelsJson) => string {
  const name = query?.name
  if (name === undefined) return seriesName
  return typeof name === 'string' ? () => name : name
}

/** Answers over the same grid side by side. */
function joinCharts(parts: readonly ChartData[], queries: readonly ChartQuery[]): ChartData {
  const series = parts.flatMap((part, i) => {
    const style = queries[i]?.style
    return style === undefined ? part.series : part.series.map((one) => withStyle(one, style))
  })
  return { timesMs: parts[0]?.timesMs ?? new Float64Array(0), series }
}

function withStyle({ name, labels, values }: ChartSeries, style: SeriesStyle): ChartSeries {
  return { name, labels, values, style }
}
