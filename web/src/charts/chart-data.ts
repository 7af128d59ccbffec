/** What a chart draws: columns over one time axis. */
export interface ChartData {
  /** Ascending. */
  readonly timesMs: Float64Array
  readonly series: readonly ChartSeries[]
  /** Drawn as dots over the series, on the left axis. */
  readonly points?: readonly ChartPoint[]
}

/** One observation that stands for many, such as an exemplar. */
export interface ChartPoint {
  readonly title: string
  readonly timeMs: number
  readonly value: number
  readonly labels: readonly PointLabel[]
  /** Where it leads; only addresses that are safe to follow. */
  readonly links: readonly PointLinkTarget[]
}

export interface PointLinkTarget {
  readonly title: string
  readonly url: string
  /** A page of this web UI. */
  readonly isOwnPage?: boolean
}

export interface PointLabel {
  readonly name: string
  readonly value: string
  /** Offered for copying. */
  readonly isId: boolean
}

export interface ChartSeries {
  /** Shown in the legend and the tooltip. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** As many as there are times; NaN stands for "nothing here". */
  readonly values: Float64Array
  readonly style?: SeriesStyle
}

/** How one series is drawn. What is left out is the chart's own default. */
export interface SeriesStyle {
  /** A CSS colour; default: the palette's, by position. */
  readonly color?: string
  readonly draw?: 'line' | 'bars' | 'points'
  readonly interpolation?: 'linear' | 'smooth' | 'step-before' | 'step-after'
  readonly lineWidth?: number
  /** Lengths of strokes and gaps in CSS pixels. */
  readonly dash?: readonly number[]
  /** 0 to 1. */
  readonly fillOpacity?: number
  /** Filled down to the series of this name instead of to 0. */
  readonly fillTo?: string
  readonly gradient?: 'none' | 'opacity'
  readonly pointSize?: number
  readonly showPoints?: 'auto' | 'always' | 'never'
  /** What a missing value is: a gap, bridged, 0, or bridged where the gap is at most so many milliseconds. */
  readonly nulls?: 'gap' | 'connect' | 'zero' | { readonly connectUpToMs: number }
  /** Series of the same group are stacked upon each other. */
  readonly stack?: string
  readonly stackMode?: 'normal' | 'percent'
  readonly axis?: 'left' | 'right'
  /** Drawn downwards; tooltip and legend show the value as it is. */
  readonly negative?: boolean
  readonly isHiddenInLegend?: boolean
  readonly isHiddenInTooltip?: boolean
  /** Written in place of the axis's own notation. */
  readonly formatValue?: (value: number) => string
}

/** Whether a chart can be updated in place: the same series, drawn in the same way. */
export function hasSameShape(a: ChartData, b: ChartData): boolean {
  if (a.series.length !== b.series.length) return false
  return a.series.every((series, i) => {
    const other = b.series[i]
    if (!other || series.name !== other.name) return false
    return (
      series.style === other.style || JSON.stringify(series.style) === JSON.stringify(other.style)
    )
  })
}
