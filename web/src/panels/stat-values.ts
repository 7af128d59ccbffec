import { getFieldDisplayValues, type FieldDisplay } from '@grafana/data'
import { listOf, numberOf, objectOf, textOf } from '../../../src/lang/dashboard/json-value.ts'
import { grafanaTheme, interpolator } from './frames/process-frames.ts'
import type { PanelProps } from './panel-props.ts'

/** One figure for each series (or each row), as the panel's `reduceOptions` say. */
export function statValues(props: PanelProps, wantsSparkline: boolean): FieldDisplay[] {
  const { panel, frames, scope, scheme, zone } = props
  const reduce = objectOf(panel.options['reduceOptions'])
  const calcs = listOf(reduce['calcs']).flatMap((calc) => textOf(calc) ?? [])
  const limit = numberOf(reduce['limit'])
  const fields = textOf(reduce['fields']) ?? ''
  const found = getFieldDisplayValues({
    data: frames,
    fieldConfig: { defaults: panel.fieldConfig.defaults, overrides: [] },
    reduceOptions: {
      calcs: calcs.length > 0 ? calcs : ['lastNotNull'],
      values: reduce['values'] === true,
      ...(limit === undefined ? {} : { limit }),
      ...(fields === '' ? {} : { fields }),
    },
    replaceVariables: interpolator(scope),
    theme: grafanaTheme(scheme),
    timeZone: zone,
    sparkline: wantsSparkline,
  })
  return found
}

/** The figure as it is written, with its unit. */
export function writeFigure({ display }: FieldDisplay): string {
  return `${display.prefix ?? ''}${display.text}${display.suffix ?? ''}`
}

/** How far a figure is along its field's range, 0 to 1. */
export function shareOf({ display, field }: FieldDisplay): number {
  const { min = 0, max = 100 } = field
  const low = min ?? 0
  const high = max ?? 100
  if (!Number.isFinite(display.numeric) || high <= low) return 0
  return Math.min(1, Math.max(0, (display.numeric - low) / (high - low)))
}
