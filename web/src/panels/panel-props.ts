import type { DataFrame } from '@grafana/data'
import type { Panel } from '../../../src/lang/dashboard/model.ts'
import type { Scope } from '../../../src/lang/dashboard/scope.ts'
import type { ChartPoint } from '../charts/chart-data.ts'
import type { Scheme } from '../charts/palette.ts'
import type { ResolvedRange } from '../time/time-range.ts'

/** A moment or a stretch of time that a query marks. */
export interface AnnotationMark {
  readonly fromMs: number
  readonly toMs: number
  readonly title: string
  readonly text: string
  readonly color: string
}

/** What every panel is given: its data with all options of its fields worked out. */
export interface PanelProps {
  readonly panel: Panel
  /** Its title with variables filled in. */
  readonly title: string
  readonly frames: DataFrame[]
  readonly scope: Scope
  readonly range: ResolvedRange
  readonly zone: string
  readonly scheme: Scheme
  readonly annotations: readonly AnnotationMark[]
  /** Single observations, drawn as dots where the panel is a chart over time. */
  readonly exemplars: readonly ChartPoint[]
  /** Charts of the same key share their crosshair. */
  readonly syncKey?: string
  readonly onZoom: (fromMs: number, toMs: number) => void
}
