import type { DataFrame } from '@grafana/data'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Panel } from '../../../src/lang/dashboard/model.ts'
import type { Scope } from '../../../src/lang/dashboard/scope.ts'
import type { ChartPoint } from '../charts/chart-data.ts'
import type { Scheme } from '../charts/palette.ts'
import { withTypeDefaults } from '../panels/field-defaults.ts'
import { overrideFrames, transformFrames } from '../panels/frames/process-frames.ts'
import type { ResolvedRange } from '../time/time-range.ts'
import type { QueryPlan } from './plan-queries.ts'
import { runPlan } from './run-plan.ts'

export interface PanelData {
  /** With all options of the fields worked out; undefined until the first answer. */
  readonly frames: DataFrame[] | undefined
  readonly exemplars: readonly ChartPoint[]
  readonly notices: readonly string[]
  readonly error: Error | null
  readonly isFetching: boolean
  /** What was asked when the frames came: while a refresh is under way, the chart stays what it is. */
  readonly asked: AskedFor
  readonly refetch: () => void
}

export interface AskedFor {
  readonly range: ResolvedRange
  readonly scope: Scope
}

export interface PanelDataInput extends AskedFor {
  readonly panel: Panel
  readonly plan: QueryPlan
  readonly zone: string
  readonly scheme: Scheme
  /** Asked for only while it is true. */
  readonly isWanted: boolean
  /** Changes when data has to be read again. */
  readonly refreshKey: number
}

/** The data of a panel: asked for, transformed, and its fields' options applied. */
export function usePanelData(input: PanelDataInput): PanelData {
  const { panel, plan, scope, range, zone, scheme, isWanted, refreshKey } = input
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['panel', plan, panel.transformations, refreshKey],
    queryFn: async ({ signal }) => {
      const answer = await runPlan(plan, signal)
      const frames = await transformFrames(answer.frames, panel.transformations, scope)
      const { notices, exemplars } = answer
      return { frames, notices, exemplars, asked: { range, scope } }
    },
    enabled: isWanted && plan.queries.length > 0,
    placeholderData: (previous) => previous,
    // Thirty panels of many series are many megabytes: what no panel shows is forgotten at once.
    gcTime: 0,
    // The key holds all that an answer depends on, the moment of the last refresh included.
    staleTime: Infinity,
    structuralSharing: false,
  })
  const { fieldConfig, type } = panel
  const frames = useMemo(
    () =>
      data &&
      overrideFrames(data.frames, {
        fieldConfig: withTypeDefaults(type, fieldConfig),
        scope: data.asked.scope,
        ...{ scheme, zone },
      }),
    [data, fieldConfig, type, scheme, zone],
  )
  const hasNone = plan.queries.length === 0
  return {
    frames: hasNone ? NO_FRAMES : frames,
    exemplars: data?.exemplars ?? NO_EXEMPLARS,
    notices: hasNone ? plan.refused : (data?.notices ?? plan.refused),
    asked: data?.asked ?? { range, scope },
    error,
    isFetching,
    refetch: () => void refetch(),
  }
}

const NO_FRAMES: DataFrame[] = []
const NO_EXEMPLARS: readonly ChartPoint[] = []
