/** Colours of series by position: told apart by hue and lightness, each at least 3:1 against the surface of its scheme. */
const LIGHT: readonly string[] = [
  ...['#3f5fe3', '#0f8a5f', '#c2571a', '#a03fb0', '#0c83a8', '#b3363e', '#7a7300', '#7b55d9'],
  ...['#2f7d32', '#c03b82', '#8a5a2b', '#516b82'],
]
const DARK: readonly string[] = [
  ...['#7b96ff', '#45c793', '#f0945a', '#d98ae6', '#4fc3e8', '#f5838a', '#d3c94a', '#b09bff'],
  ...['#86cf7a', '#f58fc0', '#d1a273', '#9db3c7'],
]

export type Scheme = 'light' | 'dark'

/** The colour of the series at a position; past the palette it begins anew. */
export function seriesColor(index: number, scheme: Scheme): string {
  const palette = scheme === 'dark' ? DARK : LIGHT
  return palette[index % palette.length] ?? '#808080'
}

/** What a canvas needs of the page's colours. */
export interface ChartColors {
  readonly text: string
  readonly grid: string
  readonly surface: string
  /** Of dots that belong to no series. */
  readonly point: string
}

const known = new Map<Scheme, ChartColors>()

/** Reads the theme's variables as they are for an element; once a scheme, for the browser works out all styles to answer. */
export function readChartColors(element: Element, scheme: Scheme): ChartColors {
  const colors = known.get(scheme) ?? readColors(element)
  known.set(scheme, colors)
  return colors
}

function readColors(element: Element): ChartColors {
  const style = getComputedStyle(element)
  const read = (name: string, fallback: string): string => {
    const value = style.getPropertyValue(name).trim()
    return value === '' ? fallback : value
  }
  return {
    text: read('--v-dim', '#808080'),
    grid: read('--v-grid', '#80808033'),
    surface: read('--v-surface', '#ffffff'),
    point: read('--v-accent', '#3f5fe3'),
  }
}

/** A colour with an opacity: `rgb(… / 0.2)` of any CSS colour, which a canvas understands too. */
export function withOpacity(color: string, opacity: number): string {
  if (opacity >= 1) return color
  if (/^#[0-9a-f]{6}$/i.test(color)) {
    const alpha = Math.round(Math.max(0, opacity) * 255)
    return color + alpha.toString(16).padStart(2, '0')
  }
  return `color-mix(in srgb, ${color} ${Math.round(opacity * 100)}%, transparent)`
}
