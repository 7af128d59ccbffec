import type { LabelsJson, QueryDataJson, SeriesJson } from '../../contract/prometheus.ts'
import { messageOf } from '../../model/problem.ts'
import { metricNamesIn } from '../doctor/metric-names.ts'
import { compareSeries, describeSeries } from './compare-series.ts'
import type { ComparisonDraft, TryArea } from './difference.ts'
import { neededHistoryMs } from './needed-history.ts'
import type { StackApi } from './stack-api.ts'

/** The two servers, and what is known of them. */
export interface Sides {
  readonly there: StackApi
  readonly here: StackApi
  /** From when on this program has samples. */
  readonly sinceMs: number
  /** The end of all ranges that are compared. */
  readonly nowMs: number
  /** How often most targets are scraped. */
  readonly scrapeMs: number
  readonly toleranceShare: number
  readonly externalLabels: LabelsJson
  /** What rules record, by name. */
  readonly recorded: ReadonlyMap<string, string>
}

export interface Question {
  readonly area: TryArea
  readonly place: string
  readonly there: string
  /** Undefined: the same. */
  readonly here?: string
}

/** A range that is longer says nothing more. */
const LONGEST_MS = 10 * 60_000
const MOST_STEPS = 60
/** What a scrape measures of itself, and clocks, are of the moment. */
const OF_THE_MOMENT = /^(?:scrape_duration_seconds|.*_last_scrape_.*|.*scrape_duration.*)$/

/** The range that both have in full for an expression that reads so far back; undefined: there is none yet. */
export function rangeFor(
  { sinceMs, nowMs, scrapeMs }: Pick<Sides, 'sinceMs' | 'nowMs' | 'scrapeMs'>,
  historyMs: number,
): { readonly startMs: number; readonly endMs: number; readonly stepMs: number } | undefined {
  // Both have their newest sample by then.
  const endMs = nowMs - 2 * scrapeMs
  const earliestMs = Math.max(sinceMs + historyMs + 2 * scrapeMs, endMs - LONGEST_MS)
  const stepMs = Math.max(scrapeMs, Math.ceil((endMs - earliestMs) / MOST_STEPS / 1000) * 1000)
  const steps = Math.floor((endMs - earliestMs) / stepMs)
  return steps < 2 ? undefined : { startMs: endMs - steps * stepMs, endMs, stepMs }
}

/** Asks both and notes what differs. False when it cannot be compared yet, which is noted. */
export async function compareQuery(
  sides: Sides,
  draft: ComparisonDraft,
  question: Question,
): Promise<boolean> {
  const { area, place, there, here = there } = question
  const historyMs = Math.max(...[there, here].map((expr) => neededHistoryMs(expr, sides.recorded)))
  const range = rangeFor(sides, historyMs)
  if (range === undefined) {
    const haveMs = Math.max(0, sides.nowMs - sides.sinceMs)
    draft.skip(area, place, `it reads ${showMs(historyMs)} back, and there are ${showMs(haveMs)}`)
    return false
  }
  const [theirs, ours] = await Promise.all([
    askRange(sides.there, there, range),
    askRange(sides.here, here, range),
  ])
  draft.compared[area]++
  if (theirs.fault !== undefined || ours.fault !== undefined) {
    if ((theirs.fault === undefined) === (ours.fault === undefined)) return true
    const text =
      ours.fault === undefined
        ? `it fails only there: ${theirs.fault}`
        : `it fails only here: ${ours.fault}`
    draft.differ(area, place, text)
    return true
  }
  const names = [there, here].flatMap(metricNamesIn)
  const text = describeSeries(
    compareSeries(theirs.series, ours.series, {
      share: sides.toleranceShare,
      slackSteps: Math.ceil((2 * sides.scrapeMs) / range.stepMs),
      externalLabels: sides.externalLabels,
      ignoresValues: names.some((name) => OF_THE_MOMENT.test(name)),
    }),
  )
  if (text !== '') draft.differ(area, place, text)
  return true
}

interface Asked {
  readonly series: readonly SeriesJson[]
  readonly fault?: string
}

async function askRange(
  api: StackApi,
  expr: string,
  range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
): Promise<Asked> {
  try {
    const data = await api.call<QueryDataJson>('/api/v1/query_range', {
      query: expr,
      start: String(range.startMs / 1000),
      end: String(range.endMs / 1000),
      step: String(range.stepMs / 1000),
    })
    return { series: data.resultType === 'matrix' ? data.result : [] }
  } catch (thrown) {
    return { series: [], fault: messageOf(thrown) }
  }
}

/** `90 s`, `12 min`. */
export function showMs(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000)
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}
