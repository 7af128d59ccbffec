import {
  buildHistogram,
  formattedValueToString,
  getHistogramFields,
  getValueFormat,
  histogramFieldsToFrame,
} from '@grafana/data'
import { numbersOf } from './frames/numbers-of.ts'
import { useMemo } from 'react'
import { filledText, numberOf } from '../../../src/lang/dashboard/json-value.ts'
import { seriesColor } from '../charts/palette.ts'
import { BarChart, type BarGroup } from './bar-chart.tsx'
import { colorOfField } from './field-style.ts'
import { grafanaTheme } from './frames/process-frames.ts'
import type { PanelProps } from './panel-props.ts'

/** How many values there are of each size. */
export function HistogramPanel({ frames, panel, scheme, title }: PanelProps) {
  const groups = useMemo(() => {
    const bucketSize = numberOf(panel.options['bucketSize'])
    const bucketCount = numberOf(panel.options['bucketCount'])
    const counted = frames[0] && getHistogramFields(frames[0])
    const found =
      counted ??
      buildHistogram(frames, {
        combine: panel.options['combine'] === true,
        ...(bucketSize === undefined ? {} : { bucketSize }),
        ...(bucketCount === undefined ? {} : { bucketCount }),
      })
    if (!found) return []
    const theme = grafanaTheme(scheme)
    const frame = histogramFieldsToFrame(found, theme)
    const { unit, decimals } = panel.fieldConfig.defaults
    // Without a unit, bounds of billions are no better than digits without end.
    const format = getValueFormat(filledText(unit) ?? 'short')
    const lows = numbersOf(frame.fields[0])
    return Array.from(lows, (low, row): BarGroup => ({
      name: formattedValueToString(format(low, numberOf(decimals))),
      bars: found.counts.map((field, i) => {
        const value: unknown = field.values[row]
        const number = typeof value === 'number' ? value : 0
        const color = colorOfField(field, theme) ?? seriesColor(i, scheme)
        return { name: field.name, value: number, color, figure: String(number) }
      }),
    }))
  }, [frames, panel, scheme])
  return (
    <BarChart
      {...{ title, groups }}
      isStacked
      isSideways={false}
      format={String}
      showsValues={false}
    />
  )
}
