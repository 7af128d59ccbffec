import type { LabelsJson, PointJson, SeriesJson } from '../../../src/contract/prometheus.ts'
import { parseSampleValue } from '../../../src/contract/sample-value.ts'
import type { ChartData, ChartSeries } from '../charts/chart-data.ts'
import type { QueryAnswer } from './prometheus.ts'

export interface Grid {
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
  /** Where the last point is drawn, when that is not at `endMs`: a line that leads out of the chart leads out of its scale, too. */
  readonly drawnEndMs?: number
}

/**
 * The grid of a range query: about as many points as there are pixels to draw them, at steps that stand still while time moves. The last
 * step goes on beyond the end: its answer is what is known at the end, and is drawn there.
 */
export function gridFor(
  range: { readonly fromMs: number; readonly toMs: number },
  options: { readonly points: number; readonly leastStepMs: number },
): Grid {
  const wantedMs = (range.toMs - range.fromMs) / Math.max(1, options.points)
  const stepMs = roundStep(Math.max(wantedMs, options.leastStepMs))
  const startMs = Math.floor(range.fromMs / stepMs) * stepMs
  const endMs = Math.ceil(range.toMs / stepMs) * stepMs
  return { startMs, endMs, stepMs, drawnEndMs: Math.min(endMs, range.toMs) }
}

const ROUND_STEPS_S: readonly number[] = [
  ...[1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600],
  ...[43_200, 86_400, 172_800, 604_800, 2_592_000],
]

function roundStep(ms: number): number {
  const found = ROUND_STEPS_S.find((step) => step * 1000 >= ms)
  return found === undefined ? Math.ceil(ms / 86_400_000) * 86_400_000 : found * 1000
}

/** Columns of a range answer over its grid; what a series lacks is NaN. `name` makes the text that a person knows it by. */
export function chartDataOf(
  answer: Pick<QueryAnswer, 'data'>,
  grid: Grid,
  name: (labels: LabelsJson) => string = seriesName,
): ChartData {
  const count = Math.floor((grid.endMs - grid.startMs) / grid.stepMs) + 1
  const lastMs = grid.drawnEndMs ?? grid.endMs
  const timesMs = Float64Array.from({ length: count }, (_none, i) =>
    Math.min(lastMs, grid.startMs + i * grid.stepMs),
  )
  const { data } = answer
  const series = data.resultType === 'matrix' ? data.result : []
  return { timesMs, series: series.map((one) => columnOf(one, grid, count, name)) }
}

function columnOf(
  { metric, values }: SeriesJson,
  grid: Grid,
  count: number,
  name: (labels: LabelsJson) => string,
): ChartSeries {
  const column = new Float64Array(count).fill(Number.NaN)
  for (const point of values) {
    const at = Math.round((point[0] * 1000 - grid.startMs) / grid.stepMs)
    if (at >= 0 && at < count) column[at] = parseSample(point)
  }
  return { name: name(metric), labels: metric, values: column }
}

/** The value of a point: `+Inf`, `-Inf` and `NaN` come as texts. */
export function parseSample(point: PointJson): number {
  return parseSampleValue(point[1])
}

/** `name{a="b"}`, as Prometheus writes a series; `{}` for one without labels. */
export function seriesName(labels: LabelsJson): string {
  const { __name__: name = '', ...others } = labels
  const pairs = Object.entries(others).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  return pairs.length === 0 && name !== '' ? name : `${name}{${pairs.join(', ')}}`
}
