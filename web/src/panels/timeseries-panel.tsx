import { useMemo, useState } from 'react'
import type { ChartOptions } from '../charts/chart-options.ts'
import { TimeSeriesChart } from '../charts/time-series-chart.tsx'
import { annotationPlugin } from './annotation-plugin.ts'
import { grafanaTheme } from './frames/process-frames.ts'
import type { AnnotationMark, PanelProps } from './panel-props.ts'
import { timeseriesChart } from './timeseries-chart.ts'

/** Lines, bars and points over time. */
export function TimeseriesPanel(props: PanelProps) {
  const { panel, frames, title, range, zone, scheme, annotations, syncKey, onZoom } = props
  const chart = useMemo(
    () => timeseriesChart(frames, panel.options, grafanaTheme(scheme)),
    [frames, panel.options, scheme],
  )
  const { exemplars } = props
  const data = useMemo(
    () => (exemplars.length === 0 ? chart.data : { ...chart.data, points: exemplars }),
    [chart, exemplars],
  )
  const options = useStableOptions(chart.options, annotations, syncKey)
  return (
    <TimeSeriesChart
      {...{ title, range, zone, options, onZoom }}
      data={data}
      legend={chart.legend}
    />
  )
}

/**
 * The chart is drawn anew only when its options are others, not when new data brings equal ones.
 */
function useStableOptions(
  next: ChartOptions,
  annotations: readonly AnnotationMark[],
  syncKey: string | undefined,
): ChartOptions {
  const key = JSON.stringify([next, annotations, syncKey])
  const build = () => ({
    key,
    options: {
      ...next,
      ...(syncKey === undefined ? {} : { syncKey }),
      ...(annotations.length > 0 ? { plugins: [annotationPlugin(annotations)] } : {}),
    },
  })
  const [stable, setStable] = useState(build)
  if (stable.key === key) return stable.options
  const built = build()
  setStable(built)
  return built.options
}
