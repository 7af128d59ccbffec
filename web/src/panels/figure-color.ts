import type { FieldDisplay } from '@grafana/data'
import type { Scheme } from '../charts/palette.ts'
import { grafanaTheme } from './frames/process-frames.ts'

/** The colour that was set for a figure; undefined leaves it to the palette. */
export function colorOfFigure(
  { field, display }: FieldDisplay,
  scheme: Scheme,
): string | undefined {
  const mode = field.color?.mode
  if (mode === 'fixed' && field.color?.fixedColor !== undefined) {
    return grafanaTheme(scheme).visualization.getColorByName(field.color.fixedColor)
  }
  return mode === undefined || mode.startsWith('palette') ? undefined : display.color
}
