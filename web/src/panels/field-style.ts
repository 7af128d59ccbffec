import { getFieldDisplayName, type DataFrame, type Field, type GrafanaTheme2 } from '@grafana/data'
import {
  isObject,
  listOf,
  numberOf,
  objectOf,
  textOf,
  type JsonObject,
} from '../../../src/lang/dashboard/json-value.ts'
import type { SeriesStyle } from '../charts/chart-data.ts'

const INTERPOLATIONS: Readonly<Record<string, SeriesStyle['interpolation']>> = {
  smooth: 'smooth',
  stepBefore: 'step-before',
  stepAfter: 'step-after',
}

/** The options below `custom` of a field. */
export function customOf(field: Field): JsonObject {
  const custom: unknown = field.config.custom
  return objectOf(custom)
}

/** Writes a value of the field as its unit, decimals and mappings say. */
export function formatterOf(field: Field): (value: number) => string {
  return (value) => writeValue(field, value)
}

export function writeValue(field: Field, value: unknown): string {
  // Such as all labels of a line.
  if (isObject(value)) return JSON.stringify(value)
  const shown = field.display?.(value)
  if (!shown) return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  return `${shown.prefix ?? ''}${shown.text}${shown.suffix ?? ''}`
}

/** Parts of a panel that a series is left out of. */
export function hiddenFrom(field: Field): { legend: boolean; tooltip: boolean; viz: boolean } {
  const hide = objectOf(customOf(field)['hideFrom'])
  return {
    legend: hide['legend'] === true,
    tooltip: hide['tooltip'] === true,
    viz: hide['viz'] === true,
  }
}

/** The colour that was set for a field; undefined leaves it to the palette. */
export function colorOfField(field: Field, theme: GrafanaTheme2): string | undefined {
  const { color } = field.config
  const mode = color?.mode
  if ((mode === 'fixed' || mode === 'shades') && color?.fixedColor) {
    return theme.visualization.getColorByName(color.fixedColor)
  }
  if (mode === undefined || mode.startsWith('palette')) return undefined
  const last: unknown = field.values.findLast((value: unknown) => typeof value === 'number')
  return field.display?.(last).color
}

/** How a series is drawn, from its options; `index` is its place among all series, by which colours are handed out. */
export function seriesStyleOf(
  field: Field,
  side: 'left' | 'right',
  color: string | undefined,
): SeriesStyle {
  const custom = customOf(field)
  const stacking = objectOf(custom['stacking'])
  const line = objectOf(custom['lineStyle'])
  const draw = textOf(custom['drawStyle'])
  const hide = hiddenFrom(field)
  const interpolation = INTERPOLATIONS[textOf(custom['lineInterpolation']) ?? '']
  const isStacked = stacking['mode'] === 'normal' || stacking['mode'] === 'percent'
  const show = textOf(custom['showPoints'])
  const fillTo = textOf(custom['fillBelowTo'])
  const opacity = numberOf(custom['fillOpacity']) ?? 0
  return {
    axis: side,
    draw: draw === 'bars' || draw === 'points' ? draw : 'line',
    lineWidth: numberOf(custom['lineWidth']) ?? 1,
    // A band is asked for by name; Grafana then fills it in any case.
    fillOpacity: (opacity === 0 && fillTo !== undefined ? 35 : opacity) / 100,
    ...(fillTo === undefined ? {} : { fillTo }),
    gradient: custom['gradientMode'] === 'opacity' ? 'opacity' : 'none',
    nulls: nullsOf(field),
    showPoints: show === 'always' || show === 'never' ? show : 'auto',
    negative: custom['transform'] === 'negative-Y',
    isHiddenInLegend: hide.legend,
    isHiddenInTooltip: hide.tooltip,
    formatValue: formatterOf(field),
    ...(color === undefined ? {} : { color }),
    ...(interpolation === undefined ? {} : { interpolation }),
    ...(line['fill'] === 'dash' ? { dash: dashOf(line, [10, 10]) } : {}),
    ...(line['fill'] === 'dot' ? { dash: dashOf(line, [0, 10]) } : {}),
    ...(numberOf(custom['pointSize']) === undefined
      ? {}
      : { pointSize: numberOf(custom['pointSize']) ?? 5 }),
    ...(isStacked
      ? {
          stack: textOf(stacking['group']) ?? 'A',
          stackMode: stacking['mode'] === 'percent' ? ('percent' as const) : ('normal' as const),
        }
      : {}),
  }
}

function dashOf(line: JsonObject, fallback: readonly number[]): number[] {
  const lengths = listOf(line['dash']).flatMap((one) => numberOf(one) ?? [])
  return lengths.length > 0 ? lengths : [...fallback]
}

/** Whether a gap stays one, is bridged, or is 0. */
function nullsOf(field: Field): NonNullable<SeriesStyle['nulls']> {
  const { spanNulls } = customOf(field)
  const nullValueMode: unknown = field.config.nullValueMode
  if (nullValueMode === 'null as zero') return 'zero'
  if (typeof spanNulls === 'number' && spanNulls > 0) return { connectUpToMs: spanNulls }
  return spanNulls === true || nullValueMode === 'connected' ? 'connect' : 'gap'
}

/** A field's name as the legend has it. */
export function nameOf(field: Field, frame: DataFrame, frames: DataFrame[]): string {
  return getFieldDisplayName(field, frame, frames)
}
