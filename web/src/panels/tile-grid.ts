import { colorManipulator } from '@grafana/data'

/** How tiles fill a panel: `auto` makes them as wide as they are high times two, the others one line. */
export function gridOf(
  count: number,
  size: { readonly widthPx: number; readonly heightPx: number },
  orientation: string,
): { columns: number; rows: number } {
  if (count <= 1) return { columns: 1, rows: 1 }
  // Grafana's words: "horizontal" tiles lie below each other.
  if (orientation === 'horizontal') return { columns: 1, rows: count }
  if (orientation === 'vertical') return { columns: count, rows: 1 }
  const { widthPx, heightPx } = size
  if (widthPx === 0 || heightPx === 0) return { columns: count, rows: 1 }
  let best = { columns: count, rows: 1, fit: 0 }
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns)
    const [w, h] = [widthPx / columns, heightPx / rows]
    const fit = Math.min(w, h * 2.5)
    if (fit > best.fit) best = { columns, rows, fit }
  }
  return best
}

/** Black or white, whichever is read better on a colour. */
export function textColorOn(background: string): string {
  try {
    const white = colorManipulator.getContrastRatio('#ffffff', background)
    const black = colorManipulator.getContrastRatio('#111418', background)
    return white >= black ? '#ffffff' : '#111418'
  } catch {
    return 'inherit'
  }
}
