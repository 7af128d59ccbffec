import { formatDateTime, formatWhen } from '../time/format-time.ts'
import type { ChartData, ChartSeries } from './chart-data.ts'
import type { ChartFrame } from './chart-options.ts'
import type { Summary } from './summarise.ts'

/** More series than these are counted, not read out. */
const MOST_READ = 5

/** What a chart shows, in words, for who does not see it. */
export function describeChart(
  title: string,
  data: ChartData,
  summaries: readonly Summary[],
  frame: ChartFrame,
  format: (series: ChartSeries, value: number) => string,
): string {
  const { fromMs, toMs } = frame.range
  const times = `${formatWhen(fromMs, frame.zone)} to ${formatWhen(toMs, frame.zone)}`
  const head = `${title}: time series chart, ${times}.`
  if (data.series.length === 0) return `${head} No data.`
  const read = data.series.slice(0, MOST_READ).map((series, i) => {
    const summary = summaries[i]
    if (!summary || summary.count === 0) return `${series.name}: no data`
    const say = (value: number): string => format(series, value)
    return `${series.name}: last ${say(summary.last)}, least ${say(summary.min)}, most ${say(summary.max)}`
  })
  const more = data.series.length - read.length
  const count = `${data.series.length} series.`
  return `${head} ${count} ${read.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`
}

/** What the crosshair reads at one time. */
export function describePoint(
  data: ChartData,
  at: number,
  frame: ChartFrame,
  hidden: ReadonlySet<number>,
  format: (series: ChartSeries, value: number) => string,
): string {
  const timeMs = data.timesMs[at]
  if (timeMs === undefined) return ''
  const values = data.series
    .map((series, index) => ({ series, index, value: series.values[at] ?? Number.NaN }))
    .filter(({ index, value }) => !hidden.has(index) && !Number.isNaN(value))
    .slice(0, MOST_READ)
    .map(({ series, value }) => `${series.name}: ${format(series, value)}`)
  return `${formatDateTime(timeMs, frame.zone)}. ${values.length === 0 ? 'No data' : values.join('; ')}`
}
