import { isObject, listOf, numberOf, objectOf, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'

/**
 * Brings a `graph` panel of the first schema versions (2 to 13) to the last form it had: axes in `yaxes`, thresholds in a
 * list. What is already there is kept. Changes the panel.
 */
export function migrateOldGraph(panel: JsonObject): void {
  if (typeof panel['legend'] === 'boolean') panel['legend'] = { show: panel['legend'] }
  moveAliasAxes(panel)
  const grid = panel['grid']
  if (isObject(grid)) {
    moveAxes(panel, grid)
    moveThresholds(panel, grid)
    delete panel['grid']
  }
}

/** Version 4: which axis a series has. */
function moveAliasAxes(panel: JsonObject): void {
  const axes = panel['aliasYAxis']
  if (!isObject(axes)) return
  const overrides = Object.entries(axes).map(([alias, yaxis]) => ({ alias, yaxis }))
  panel['seriesOverrides'] = [...listOf(panel['seriesOverrides']), ...overrides]
  delete panel['aliasYAxis']
}

/** Version 12: both axes as objects. */
function moveAxes(panel: JsonObject, grid: JsonObject): void {
  const formats = listOf(panel['y_formats'])
  const axis = (side: 'left' | 'right', index: number): JsonObject => ({
    show: panel['y-axis'] ?? true,
    min: grid[`${side}Min`] ?? (side === 'left' ? grid['min'] : undefined),
    max: grid[`${side}Max`] ?? (side === 'left' ? grid['max'] : undefined),
    logBase: grid[`${side}LogBase`] ?? 1,
    format: formats[index] ?? panel[index === 0 ? 'y_format' : 'y2_format'] ?? 'short',
    label: panel[`${side}YAxisLabel`],
  })
  if (!Array.isArray(panel['yaxes'])) {
    panel['yaxes'] = [axis('left', 0), axis('right', 1)]
    panel['xaxis'] = { show: panel['x-axis'] ?? true }
  }
  for (const key of ['y_formats', 'y_format', 'y2_format', 'leftYAxisLabel', 'rightYAxisLabel']) {
    delete panel[key]
  }
  delete panel['y-axis']
  delete panel['x-axis']
}

/** Version 13: two thresholds of the grid, which hold above the first, or below it when the second is lower. */
function moveThresholds(panel: JsonObject, grid: JsonObject): void {
  const values = [numberOf(grid['threshold1']), numberOf(grid['threshold2'])]
  const [first, second] = values
  if (first === undefined || Array.isArray(panel['thresholds'])) return
  const isLine = grid['thresholdLine'] === true
  const op = second !== undefined && first > second ? 'lt' : 'gt'
  panel['thresholds'] = values.flatMap((value, index) => {
    if (value === undefined) return []
    const color = textOf(grid[`threshold${index + 1}Color`])
    const style = isLine ? { line: true, lineColor: color } : { fill: true, fillColor: color }
    return [{ value, op, colorMode: 'custom', ...style }]
  })
}

/** The axis of an old graph: 0 is left, 1 is right. */
export function oldAxis(panel: JsonObject, index: 0 | 1): JsonObject {
  return objectOf(listOf(panel['yaxes'])[index])
}
