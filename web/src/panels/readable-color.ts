import { colorManipulator } from '@grafana/data'
import type { Scheme } from '../charts/palette.ts'

/** The surfaces of panels (theme.ts). */
const SURFACE: Readonly<Record<Scheme, string>> = { light: '#ffffff', dark: '#151a20' }
/** WCAG's least contrast of large text, and of other text. */
const LEAST = { figure: 3, text: 4.5 } as const
const STEP = 0.06

/**
 * A colour for letters: as near to the one that was set as can be read on a panel. Grafana's yellow on white is a signal for who
 * sees it, and nothing for the rest.
 */
export function readableColor(color: string, scheme: Scheme, use: keyof typeof LEAST): string {
  const { darken, getContrastRatio, lighten } = colorManipulator
  try {
    let found = color
    for (let i = 0; i < 40 && getContrastRatio(found, SURFACE[scheme]) < LEAST[use]; i++) {
      found = scheme === 'light' ? darken(found, STEP) : lighten(found, STEP)
    }
    return found
  } catch {
    // No colour that can be worked with, such as a variable of CSS.
    return color
  }
}
