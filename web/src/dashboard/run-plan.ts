import type { DataFrame } from '@grafana/data'
import type { ChartPoint } from '../charts/chart-data.ts'
import { toFrames } from '../panels/frames/to-frames.ts'
import { askExemplars } from './ask-exemplars.ts'
import { askQuery } from './ask-source.ts'
import { askTempo } from './ask-tempo.ts'
import { waitForTurn } from './frame-turns.ts'
import type { QueryPlan } from './plan-queries.ts'

export interface PanelAnswer {
  readonly frames: DataFrame[]
  readonly exemplars: readonly ChartPoint[]
  /** What the source warns of, and which queries failed while others did not. */
  readonly notices: readonly string[]
}

/**
 * Asks all queries of a plan. When some of them fail the others are shown, with a notice; when all fail the first one's error is
 * thrown.
 */
export async function runPlan(plan: QueryPlan, signal: AbortSignal): Promise<PanelAnswer> {
  const asked = plan.queries.map(async ({ ask, frames }) => {
    const answer = await (ask.tempo ? askTempo(ask, ask.tempo, signal) : askQuery(ask, signal))
    return { ...answer, frames }
  })
  const [answers, exemplars] = await Promise.all([
    Promise.allSettled(asked),
    askExemplars(plan.exemplars, signal),
  ])
  await waitForTurn(signal)
  const failed = answers.filter((one) => one.status === 'rejected')
  const [first] = failed
  if (first && failed.length === answers.length) throw first.reason
  const done = answers.filter((one) => one.status === 'fulfilled').map((one) => one.value)
  const notices = [
    ...plan.refused,
    ...done.flatMap((one) => one.warnings),
    ...failed.map((one) => (one.reason instanceof Error ? one.reason.message : String(one.reason))),
  ]
  const points = done.flatMap((one) => ('points' in one ? (one.points ?? []) : []))
  return {
    frames: done.flatMap((one) => toFrames(one.data, one.frames)),
    exemplars: [...exemplars, ...points],
    notices,
  }
}
