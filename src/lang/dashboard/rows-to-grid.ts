import { flagOf, isObject, numberOf, objectsOf, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'

const COLUMNS = 24
/** Pixels of one cell of the grid and the gap below it. */
const CELL_PX = 38
const LEAST_PANEL_PX = 90
const DEFAULT_ROW_PX = 250
/** Rows were divided into 12 spans. */
const SPANS = 12
const DEFAULT_SPAN = 4

/**
 * Places the panels of a dashboard of rows (before schemaVersion 16) on the grid: a row's panels stand side by side, each as
 * high as the row or as itself says, and wrap where the twelve spans are used up. Rows become panels of the type `row` when
 * at least one of them is collapsed, repeated or shows its title; what an old editor cloned from a repeated row is left out.
 */
export function rowsToGrid(raw: JsonObject): JsonObject {
  const rows = objectsOf(isObject(raw['rows']) ? Object.values(raw['rows']) : raw['rows'])
  const showRows = rows.some((row) =>
    ['collapse', 'showTitle', 'repeat'].some((key) => Boolean(row[key])),
  )
  const panels: JsonObject[] = [...objectsOf(raw['panels'])]
  let y = 0
  for (const row of rows) {
    if (row['repeatIteration']) continue
    const rowHeight = cellsOf(row['height'] ?? DEFAULT_ROW_PX)
    const collapsed = showRows && flagOf(row['collapse']) === true
    const own = objectsOf(row['panels'])
    const top = showRows ? y + 1 : y
    const placed = placeRow(own, rowHeight, top)
    if (showRows) {
      panels.push({
        id: 0,
        type: 'row',
        title: textOf(row['title']) ?? '',
        collapsed,
        ...(row['repeat'] ? { repeat: row['repeat'] } : {}),
        gridPos: { x: 0, y, w: COLUMNS, h: 1 },
        panels: collapsed ? placed.panels : [],
      })
    }
    if (!collapsed) panels.push(...placed.panels)
    y = collapsed ? top : placed.bottom
  }
  return { ...raw, panels }
}

function cellsOf(height: unknown): number {
  const px = typeof height === 'string' ? Number.parseInt(height, 10) : numberOf(height)
  const known = px === undefined || Number.isNaN(px) ? DEFAULT_ROW_PX : px
  return Math.ceil(Math.max(known, LEAST_PANEL_PX) / CELL_PX)
}

/** Fills columns from the left; where a lower panel stands beside a higher one, the next goes below it if it fits. */
function placeRow(
  panels: readonly JsonObject[],
  rowHeight: number,
  top: number,
): { panels: JsonObject[]; bottom: number } {
  let lineTop = top
  let filled = new Array<number>(COLUMNS).fill(0)
  const out: JsonObject[] = []
  for (const panel of panels) {
    const span = Math.floor(numberOf(panel['span']) ?? DEFAULT_SPAN) || DEFAULT_SPAN
    const w = Math.min(COLUMNS, Math.max(1, (span * COLUMNS) / SPANS))
    const h = panel['height'] === undefined ? rowHeight : cellsOf(panel['height'])
    let x = freeColumn(filled, w, rowHeight)
    if (x === undefined) {
      lineTop += Math.max(rowHeight, ...filled)
      filled = new Array<number>(COLUMNS).fill(0)
      x = 0
    }
    const offset = Math.max(...filled.slice(x, x + w))
    filled.fill(offset + h, x, x + w)
    const { span: _span, height: _height, ...rest } = panel
    const minSpan = numberOf(panel['minSpan'])
    out.push({
      ...rest,
      ...(minSpan === undefined ? {} : { minSpan: Math.min(COLUMNS, minSpan * 2) }),
      gridPos: { x, y: lineTop + offset, w, h },
    })
  }
  return { panels: out, bottom: lineTop + Math.max(rowHeight, ...filled) }
}

/** The leftmost column from which `w` columns have room in the row. */
function freeColumn(filled: readonly number[], w: number, rowHeight: number): number | undefined {
  let best: number | undefined
  let lowest = Number.POSITIVE_INFINITY
  for (let x = 0; x + w <= filled.length; x++) {
    const height = Math.max(...filled.slice(x, x + w))
    // Panels go on to the right while the row has empty columns, and only then below a lower one.
    if (height < lowest && height < rowHeight) {
      lowest = height
      best = x
    }
  }
  return best
}
