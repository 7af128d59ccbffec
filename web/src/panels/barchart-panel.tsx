import { FieldType, type DataFrame, type Field } from '@grafana/data'
import { useMemo } from 'react'
import { objectOf, textOf } from '../../../src/lang/dashboard/json-value.ts'
import { seriesColor } from '../charts/palette.ts'
import { formatDateTime } from '../time/format-time.ts'
import { BarChart, type BarGroup } from './bar-chart.tsx'
import { ColorKey } from './color-key.tsx'
import { colorOfField, formatterOf, hiddenFrom, nameOf, writeValue } from './field-style.ts'
import { grafanaTheme } from './frames/process-frames.ts'
import type { PanelProps } from './panel-props.ts'
import styles from './panels.module.css'

/** More bars than pixels say nothing. */
const MOST_GROUPS = 300

/** Bars by the rows of a table: its text column names them, its numbers are their lengths. */
export function BarchartPanel(props: PanelProps) {
  const { frames, panel, scheme, title, zone } = props
  const { options } = panel
  const chart = useMemo(
    () => chartOf(frames, textOf(options['xField']), props),
    [frames, options, props],
  )
  if (!chart) return null
  const legend = objectOf(options['legend'])
  return (
    <div className={styles['split']} data-below={legend['placement'] !== 'right' || undefined}>
      <div className={styles['splitMain']}>
        <BarChart
          {...{ title }}
          groups={chart.groups}
          isStacked={options['stacking'] === 'normal' || options['stacking'] === 'percent'}
          isSideways={options['orientation'] === 'horizontal'}
          format={chart.format}
          showsValues={options['showValue'] === 'always'}
          key={`${scheme} ${zone}`}
        />
      </div>
      {legend['showLegend'] !== false && chart.keys.length > 1 && <ColorKey entries={chart.keys} />}
    </div>
  )
}

function chartOf(frames: DataFrame[], xField: string | undefined, { scheme, zone }: PanelProps) {
  const frame = frames.find((one) => one.fields.some((field) => field.type === FieldType.number))
  if (!frame) return undefined
  const x =
    frame.fields.find((field) => xField !== undefined && nameOf(field, frame, frames) === xField) ??
    frame.fields.find((field) => field.type === FieldType.string) ??
    frame.fields.find((field) => field.type === FieldType.time)
  const values = frame.fields.filter(
    (field) => field !== x && field.type === FieldType.number && !hiddenFrom(field).viz,
  )
  const theme = grafanaTheme(scheme)
  const colors = values.map((field, i) => colorOfField(field, theme) ?? seriesColor(i, scheme))
  const names = values.map((field) => nameOf(field, frame, frames))
  const groups = Array.from(
    { length: Math.min(MOST_GROUPS, frame.length) },
    (_none, row): BarGroup => ({
      name: x ? categoryOf(x, row, zone) : String(row + 1),
      bars: values.map((field, i) => barOf(field, row, names[i] ?? '', colors[i] ?? '#888')),
    }),
  )
  const first = values[0]
  return {
    groups,
    keys: names.map((name, i) => ({ name, color: colors[i] ?? '#888' })),
    format: first ? formatterOf(first) : String,
  }
}

function categoryOf(field: Field, row: number, zone: string): string {
  const value: unknown = field.values[row]
  if (field.type === FieldType.time && typeof value === 'number') return formatDateTime(value, zone)
  return writeValue(field, value)
}

function barOf(field: Field, row: number, name: string, color: string): BarGroup['bars'][number] {
  const value: unknown = field.values[row]
  const number = typeof value === 'number' && Number.isFinite(value) ? value : 0
  return { name, value: number, color, figure: writeValue(field, value) }
}
