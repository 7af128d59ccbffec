import type { Labels } from '../../model/labels.ts'
import type { PromqlResult } from '../../query/promql/engine.ts'

/** One stretch of time in which an alert was in one state. */
export interface StateSpan {
  readonly state: 'pending' | 'firing'
  readonly fromMs: number
  /** The last evaluation at which it was seen. */
  readonly toMs: number
}

/** What a rule said about one alert. */
export interface AlertStates {
  /** Those of the alert, without `__name__` and `alertstate`. */
  readonly labels: Labels
  /** Oldest first. */
  readonly spans: readonly StateSpan[]
}

const OF_SERIES: ReadonlySet<string> = new Set(['__name__', 'alertstate'])

/** A state goes on while its samples follow each other this often: one evaluation may be missing. */
const MISSED_EVALUATIONS = 2.5

/** Reads the states of alerts out of the samples of the series `ALERTS`. */
export function readStates({
  labels,
  offsets,
  timestampsMs,
}: PromqlResult): readonly AlertStates[] {
  const byKey = new Map<string, { labels: Labels; spans: StateSpan[] }>()
  labels.forEach((series, i) => {
    const state = series.get('alertstate')
    if (state !== 'pending' && state !== 'firing') return
    const own = series.without(OF_SERIES)
    const known = byKey.get(own.key) ?? { labels: own, spans: [] }
    byKey.set(own.key, known)
    const times = timestampsMs.subarray(offsets[i], offsets[i + 1])
    known.spans.push(...spansOf(times, state))
  })
  return [...byKey.values()].map((each) => ({
    labels: each.labels,
    spans: each.spans.sort((a, b) => a.fromMs - b.fromMs),
  }))
}

function spansOf(times: Float64Array, state: StateSpan['state']): StateSpan[] {
  let intervalMs = Infinity
  for (let i = 1; i < times.length; i++) {
    intervalMs = Math.min(intervalMs, (times[i] as number) - (times[i - 1] as number))
  }
  const spans: StateSpan[] = []
  let start = 0
  for (let i = 0; i < times.length; i++) {
    const atMs = times[i] as number
    const nextMs = times[i + 1]
    if (nextMs !== undefined && nextMs - atMs <= intervalMs * MISSED_EVALUATIONS) continue
    spans.push({ state, fromMs: times[start] as number, toMs: atMs })
    start = i + 1
  }
  return spans
}
