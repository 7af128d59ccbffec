import type uPlot from 'uplot'
import type { ResolvedRange } from '../time/time-range.ts'
import type { TimeZone } from '../time/zone.ts'
import type { Calc } from './summarise.ts'

export interface AxisOptions {
  /** Writes a value on the axis, in the tooltip and in the legend. */
  readonly format?: (value: number) => string
  /** Bounds that hold whatever the data. */
  readonly min?: number
  readonly max?: number
  /** Bounds that give way to the data. */
  readonly softMin?: number
  readonly softMax?: number
  readonly scale?: 'linear' | 'log2' | 'log10'
  readonly label?: string
  readonly isHidden?: boolean
  readonly hidesGrid?: boolean
  /** Ticks at powers of two, for bytes. */
  readonly isBinary?: boolean
}

export interface Threshold {
  /** From this value upwards; -Infinity is the base. */
  readonly value: number
  readonly color: string
}

export interface ThresholdOptions {
  readonly mode: 'line' | 'dashed' | 'area' | 'line+area'
  readonly steps: readonly Threshold[]
}

export interface TooltipOptions {
  readonly mode: 'all' | 'single' | 'none'
  readonly sort?: 'none' | 'ascending' | 'descending'
  /** Series that are 0 or missing here are left out. */
  readonly hidesZeros?: boolean
}

export interface LegendOptions {
  readonly mode: 'list' | 'table'
  readonly placement?: 'bottom' | 'right'
  readonly calcs?: readonly Calc[]
}

/** How a chart looks; what is left out has a calm default. */
export interface ChartOptions {
  readonly left?: AxisOptions
  readonly right?: AxisOptions
  readonly tooltip?: TooltipOptions
  readonly thresholds?: ThresholdOptions
  /** Charts with the same key share their crosshair. */
  readonly syncKey?: string
  /** Drawn besides: annotations, marks. */
  readonly plugins?: readonly uPlot.Plugin[]
}

export interface ChartFrame {
  readonly range: ResolvedRange
  readonly zone: TimeZone
}
