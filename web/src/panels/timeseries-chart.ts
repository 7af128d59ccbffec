import {
  FieldType,
  ThresholdsMode,
  type DataFrame,
  type Field,
  type GrafanaTheme2,
} from '@grafana/data'
import { numbersOf } from './frames/numbers-of.ts'
import {
  listOf,
  numberOf,
  objectOf,
  textOf,
  type JsonObject,
} from '../../../src/lang/dashboard/json-value.ts'
import type { ChartData, ChartSeries } from '../charts/chart-data.ts'
import type {
  AxisOptions,
  ChartOptions,
  LegendOptions,
  ThresholdOptions,
  TooltipOptions,
} from '../charts/chart-options.ts'
import { CALCS, summarise, type Calc } from '../charts/summarise.ts'
import {
  colorOfField,
  customOf,
  formatterOf,
  hiddenFrom,
  nameOf,
  seriesStyleOf,
} from './field-style.ts'
import { sharedTimes, type SharedTimes } from './shared-times.ts'

export interface TimeseriesChart {
  readonly data: ChartData
  readonly options: ChartOptions
  readonly legend: LegendOptions | false
}

interface Drawn {
  readonly field: Field
  readonly frame: DataFrame
  readonly time: Field
  readonly side: 'left' | 'right'
}

/** The chart of a panel's frames: columns over the times of all of them, each series in its own style. */
export function timeseriesChart(
  frames: DataFrame[],
  panelOptions: JsonObject,
  theme: GrafanaTheme2,
): TimeseriesChart {
  const drawn = drawnFields(frames)
  const axis = sharedTimes(drawn.map((one) => one.time))
  const legend = objectOf(panelOptions['legend'])
  const series = drawn.map(({ field, frame, time, side }): ChartSeries => ({
    name: nameOf(field, frame, frames),
    labels: field.labels ?? {},
    values: columnOf(field, time, axis),
    style: seriesStyleOf(field, side, colorOfField(field, theme)),
  }))
  const [left, right] = (['left', 'right'] as const).map((side) =>
    axisOf(drawn.filter((one) => one.side === side).map((one) => one.field)),
  )
  const thresholds = thresholdsOf(drawn[0]?.field, theme)
  return {
    data: { timesMs: axis.timesMs, series: sortSeries(series, legend) },
    options: {
      left: left ?? {},
      right: right ?? {},
      tooltip: tooltipOf(objectOf(panelOptions['tooltip'])),
      ...(thresholds ? { thresholds } : {}),
    },
    legend: legendOf(legend),
  }
}

/** Units differ: the second one is on the right, as Grafana gives each unit a scale of its own. */
function drawnFields(frames: DataFrame[]): Drawn[] {
  const out: Drawn[] = []
  let firstUnit: string | undefined
  for (const frame of frames) {
    const time = frame.fields.find((field) => field.type === FieldType.time)
    if (!time) continue
    for (const field of frame.fields) {
      if (field.type !== FieldType.number || hiddenFrom(field).viz) continue
      const placement = textOf(customOf(field)['axisPlacement'])
      const unit = field.config.unit ?? ''
      const isRight =
        placement === 'right' ||
        (placement !== 'left' && firstUnit !== undefined && unit !== firstUnit)
      if (!isRight) firstUnit ??= unit
      out.push({ field, frame, time, side: isRight ? 'right' : 'left' })
    }
  }
  // A chart has a left axis: what is only on the right stands there all the same.
  return out
}

function columnOf(field: Field, time: Field, axis: SharedTimes): Float64Array {
  const values = numbersOf(field)
  const length = axis.timesMs.length
  if (customOf(field)['transform'] === 'constant') {
    const constant = values.find((value) => !Number.isNaN(value)) ?? Number.NaN
    return new Float64Array(length).fill(constant)
  }
  const rows = axis.rowsOf(time)
  if (rows === undefined) return values
  const column = new Float64Array(length).fill(Number.NaN)
  for (let i = 0; i < rows.length && i < values.length; i++) {
    column[rows[i] as number] = values[i] as number
  }
  return column
}

function axisOf(fields: readonly Field[]): AxisOptions {
  const visible = fields.find((field) => customOf(field)['axisPlacement'] !== 'hidden')
  const field = visible ?? fields[0]
  if (!field) return {}
  const custom = customOf(field)
  const scale = objectOf(custom['scaleDistribution'])
  const { min, max, unit = '' } = field.config
  const softMin = numberOf(custom['axisSoftMin'])
  const softMax = numberOf(custom['axisSoftMax'])
  const label = textOf(custom['axisLabel']) ?? ''
  const isLog = scale['type'] === 'log'
  const isPercent = objectOf(custom['stacking'])['mode'] === 'percent'
  return {
    format: isPercent ? (value) => `${Math.round(value * 100)}%` : formatterOf(field),
    // Shares of a whole go from 0 to 1, whatever bounds the values had.
    ...(isPercent ? { min: 0, max: 1 } : boundsOf(min, max)),
    ...(softMin === undefined ? {} : { softMin }),
    ...(softMax === undefined ? {} : { softMax }),
    ...(label === '' ? {} : { label }),
    scale: isLog ? (scale['log'] === 2 ? 'log2' : 'log10') : 'linear',
    isHidden: visible === undefined,
    hidesGrid: custom['axisGridShow'] === false,
    isBinary: ['bytes', 'kbytes', 'mbytes', 'gbytes', 'bits', 'binBps'].includes(unit),
  }
}

function boundsOf(min: unknown, max: unknown): Pick<AxisOptions, 'min' | 'max'> {
  return {
    ...(typeof min === 'number' ? { min } : {}),
    ...(typeof max === 'number' ? { max } : {}),
  }
}

function thresholdsOf(
  field: Field | undefined,
  theme: GrafanaTheme2,
): ThresholdOptions | undefined {
  const mode = field && textOf(objectOf(customOf(field)['thresholdsStyle'])['mode'])
  const config = field?.config.thresholds
  if (!mode || mode === 'off' || !config || config.mode === ThresholdsMode.Percentage)
    return undefined
  const steps = config.steps.map(({ value, color }) => ({
    value,
    color: theme.visualization.getColorByName(color),
  }))
  if (mode === 'area' || mode === 'line+area') return { mode, steps }
  return { mode: mode.startsWith('dashed') ? 'dashed' : 'line', steps }
}

function tooltipOf(tooltip: JsonObject): TooltipOptions {
  const mode = tooltip['mode']
  const order = tooltip['sort']
  return {
    mode: mode === 'multi' ? 'all' : mode === 'none' ? 'none' : 'single',
    sort: order === 'asc' ? 'ascending' : order === 'desc' ? 'descending' : 'none',
    hidesZeros: tooltip['hideZeros'] === true,
  }
}

const OUR_CALCS: Readonly<Record<string, Calc>> = {
  lastNotNull: 'last',
  firstNotNull: 'first',
}

function calcOf(reducer: string): Calc | undefined {
  return OUR_CALCS[reducer] ?? CALCS.find((calc) => calc === reducer)
}

function legendOf(legend: JsonObject): LegendOptions | false {
  if (legend['showLegend'] === false || legend['displayMode'] === 'hidden') return false
  const calcs = listOf(legend['calcs']).flatMap((one) => calcOf(textOf(one) ?? '') ?? [])
  return {
    mode: legend['displayMode'] === 'table' ? 'table' : 'list',
    placement: legend['placement'] === 'right' ? 'right' : 'bottom',
    calcs,
  }
}

const COLUMN_CALCS: Readonly<Record<string, Calc>> = {
  ...{ 'Last *': 'last', Last: 'last', Min: 'min', Max: 'max', Mean: 'mean', Total: 'sum' },
  ...{ First: 'first', 'First *': 'first', Count: 'count', Range: 'range' },
}

/** In the order of a column of the legend, when it names one. */
function sortSeries(series: ChartSeries[], legend: JsonObject): ChartSeries[] {
  const column = textOf(legend['sortBy'])
  if (column === undefined || legend['displayMode'] !== 'table') return series
  const direction = legend['sortDesc'] === true ? -1 : 1
  if (column === 'Name') {
    return series.toSorted((a, b) => direction * a.name.localeCompare(b.name))
  }
  const calc = COLUMN_CALCS[column]
  if (!calc) return series
  const keys = new Map(series.map((one) => [one, summarise(one.values)[calc]]))
  const keyOf = (one: ChartSeries): number => {
    const key = keys.get(one) ?? Number.NaN
    return Number.isNaN(key) ? -Infinity : key
  }
  return series.toSorted((a, b) => direction * (keyOf(a) - keyOf(b)))
}
