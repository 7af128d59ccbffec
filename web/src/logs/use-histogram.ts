import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { LabelsJson, SeriesJson } from '../../../src/contract/prometheus.ts'
import { gridFor, parseSample, type Grid } from '../api/chart-data-of.ts'
import { lokiStats, queryLogRange } from '../api/loki.ts'
import type { ChartData, SeriesStyle } from '../charts/chart-data.ts'
import type { ResolvedRange } from '../time/time-range.ts'
import { linesOf, printSelector, readMatchers } from './edit-query.ts'
import {
  LEVEL_COLORS,
  LEVEL_LABELS,
  LEVEL_WORDS,
  LEVELS,
  toLevel,
  type LogLevel,
} from './log-level.ts'

const BARS = 90
const LEAST_STEP_MS = 1000
/** The text of more lines than these is not searched for levels: then only labels say them. */
const MOST_SEARCHED_LINES = 100_000
const FOUND = 'found_level'

export interface Histogram {
  readonly grid: Grid
  /** Lines of each level in each step; levels without lines are left out. */
  readonly counts: ReadonlyMap<LogLevel, Float64Array>
  readonly total: number
}

/** How many lines there are over a range, by level. */
export function useHistogram(query: string, range: ResolvedRange, isOn: boolean) {
  const { fromMs, toMs } = range
  const lines = query === '' ? undefined : linesOf(query)
  return useQuery({
    queryKey: ['log-histogram', lines, fromMs, toMs],
    queryFn: ({ signal }) => readHistogram(lines ?? '', { fromMs, toMs }, signal),
    enabled: isOn && lines !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 30_000,
    structuralSharing: false,
  })
}

async function readHistogram(
  lines: string,
  range: ResolvedRange,
  signal: AbortSignal,
): Promise<Histogram> {
  const grid = gridFor(range, { points: BARS, leastStepMs: LEAST_STEP_MS })
  const { entries } = await lokiStats(printSelector(readMatchers(lines)), range, signal)
  const { data } = await queryLogRange({
    query: countQuery(lines, grid.stepMs, entries <= MOST_SEARCHED_LINES),
    startMs: grid.startMs + grid.stepMs,
    ...{ endMs: grid.endMs, stepMs: grid.stepMs, signal },
  })
  return countLevels(data.resultType === 'matrix' ? data.result : [], grid)
}

/** A parser that fails does not make a line uncountable, so its error goes. */
export function countQuery(lines: string, stepMs: number, searchesText: boolean): string {
  const search = searchesText ? ` | regexp \`(?i)\\b(?P<${FOUND}>${LEVEL_WORDS})\\b\`` : ''
  const by = [...LEVEL_LABELS.slice(0, 3), ...(searchesText ? [FOUND] : [])].join(', ')
  const counted = `${lines}${search} | drop __error__, __error_details__`
  return `sum by (${by}) (count_over_time(${counted} [${stepMs}ms]))`
}

/** The value at a time counts the step before it. */
export function countLevels(series: readonly SeriesJson[], grid: Grid): Histogram {
  const steps = Math.round((grid.endMs - grid.startMs) / grid.stepMs)
  const found = new Map<LogLevel, Float64Array>()
  let total = 0
  for (const { metric, values } of series) {
    const level = levelOf(metric)
    const counts = found.get(level) ?? new Float64Array(steps)
    found.set(level, counts)
    for (const point of values) {
      const step = Math.round((point[0] * 1000 - grid.startMs) / grid.stepMs) - 1
      const count = parseSample(point)
      if (step < 0 || step >= steps) continue
      counts[step] = (counts[step] ?? 0) + count
      total += count
    }
  }
  return { grid, counts: found, total }
}

function levelOf(labels: LabelsJson): LogLevel {
  for (const name of [...LEVEL_LABELS, FOUND]) {
    const level = toLevel(labels[name])
    if (level !== 'unknown') return level
  }
  return 'unknown'
}

/** Bars upon each other, the gravest level at the bottom; each stands in the middle of its step. */
export function histogramChart({ grid, counts }: Histogram, scheme: 'light' | 'dark'): ChartData {
  const steps = Math.round((grid.endMs - grid.startMs) / grid.stepMs)
  const timesMs = Float64Array.from(
    { length: steps },
    (_none, i) => grid.startMs + (i + 0.5) * grid.stepMs,
  )
  const series = LEVELS.flatMap((level) => {
    const values = counts.get(level)
    if (values === undefined) return []
    const style: SeriesStyle = {
      ...{ color: LEVEL_COLORS[scheme][level], draw: 'bars', stack: 'levels' },
      ...{ fillOpacity: 0.85, lineWidth: 0 },
    }
    return [{ name: level, labels: { level }, values, style }]
  })
  return { timesMs, series }
}
