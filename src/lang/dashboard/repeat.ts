import type { Dashboard, GridPos, Panel } from './model.ts'
import { singleValues } from './scope.ts'
import type { Scope, ScopeValue } from './scope.ts'

/** A panel as it stands on the page. */
export interface PlacedPanel {
  /** Unique on the page, and the same from one expansion to the next: the panel's id, or `7-clone-2` for its third clone. */
  readonly key: string
  readonly panel: Panel
  readonly gridPos: GridPos
  /** What a clone has in place of the variables it was repeated by, the row's first. */
  readonly values: readonly ScopeValue[]
}

/** A row on the page with what is below it; the panels above the first row are in one without a panel. */
export interface PlacedRow {
  /** As `PlacedPanel.key`; `top` for the panels above the first row. */
  readonly key: string
  /** The row panel; absent for those above the first row. */
  readonly row?: PlacedPanel
  readonly collapsed: boolean
  /** Placed within the grid as if every row were open, for the row's own `collapsed` is only where it starts. */
  readonly panels: readonly PlacedPanel[]
}

const COLUMNS = 24
/** A variable of thousands of values would stall the page; Grafana has no bound here, and does stall. */
const MOST_CLONES = 200

/**
 * The dashboard with its repeated panels and rows in full: one clone for each value of the variable. Panels below are moved
 * down. A variable without values, or that does not exist, leaves the one panel.
 */
export function expandRepeats(dashboard: Dashboard, scope: Scope): PlacedRow[] {
  const out: PlacedRow[] = []
  let y = 0
  for (const group of groupByRow(dashboard.panels)) {
    const clones = clonesOf(group.row, scope)
    for (const clone of clones) {
      const row = group.row && {
        key: clone.suffix === '' ? String(group.row.id) : `${group.row.id}-${clone.suffix}`,
        panel: group.row,
        gridPos: { x: 0, y, w: COLUMNS, h: 1 },
        values: clone.values,
      }
      if (row) y++
      const placed = placePanels(group.panels, scope, clone, y)
      y = placed.bottom
      out.push({
        key: row?.key ?? 'top',
        ...(row ? { row } : {}),
        collapsed: group.row?.collapsed ?? false,
        panels: placed.panels,
      })
    }
  }
  return out
}

interface RowGroup {
  readonly row?: Panel
  readonly panels: readonly Panel[]
}

/** The panels below each row: a collapsed row's own, an open one's as they follow it. */
function groupByRow(panels: readonly Panel[]): RowGroup[] {
  const inOrder = panels.toSorted((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x)
  const groups: { row?: Panel; panels: Panel[] }[] = []
  for (const panel of inOrder) {
    if (panel.type === 'row') groups.push({ row: panel, panels: [...(panel.panels ?? [])] })
    else if (groups.length === 0) groups.push({ panels: [panel] })
    else groups.at(-1)?.panels.push(panel)
  }
  return groups
}

interface Clone {
  readonly suffix: string
  readonly values: readonly ScopeValue[]
}

const ONLY: Clone = { suffix: '', values: [] }

function clonesOf(panel: Panel | undefined, scope: Scope): readonly Clone[] {
  const variable = panel?.repeat === undefined ? undefined : scope.get(panel.repeat)
  if (!variable) return [ONLY]
  const singles = singleValues(variable).slice(0, MOST_CLONES)
  if (singles.length === 0) return [ONLY]
  return singles.map((value, index) => ({
    suffix: index === 0 ? '' : `clone-${index}`,
    values: [value],
  }))
}

/** The panels of a row from `top` down, each clone in its place, and the line below the lowest. */
function placePanels(
  panels: readonly Panel[],
  scope: Scope,
  row: Clone,
  top: number,
): { panels: PlacedPanel[]; bottom: number } {
  const inOrder = panels.toSorted((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x)
  const first = inOrder[0]?.gridPos.y ?? 0
  const out: PlacedPanel[] = []
  let pushed = 0
  for (const panel of inOrder) {
    const clones = clonesOf(panel, scope)
    const start = top + panel.gridPos.y - first + pushed
    let lowest = start
    for (const [index, clone] of clones.entries()) {
      const gridPos =
        clones.length === 1
          ? { ...panel.gridPos, y: start }
          : cloneAt(panel, index, clones.length, start)
      const key = [String(panel.id), row.suffix, clone.suffix]
        .filter((part) => part !== '')
        .join('-')
      out.push({ key, panel, gridPos, values: [...row.values, ...clone.values] })
      lowest = Math.max(lowest, gridPos.y + gridPos.h)
    }
    // What stood below the panel stays below all of its clones.
    pushed += Math.max(0, lowest - start - panel.gridPos.h)
  }
  return moveUp(out, top)
}

/**
 * Moves each panel up until it meets one, as Grafana's grid does: what is below a collapsed row is saved where it happened to
 * stand, with hundreds of empty lines between.
 */
function moveUp(
  panels: readonly PlacedPanel[],
  top: number,
): { panels: PlacedPanel[]; bottom: number } {
  const bottoms = Array.from({ length: COLUMNS }, () => top)
  const inOrder = panels.toSorted((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x)
  const moved = inOrder.map((placed) => {
    const { x, w, h } = placed.gridPos
    const y = Math.max(top, ...bottoms.slice(x, x + w))
    bottoms.fill(y + h, x, x + w)
    return Object.assign({}, placed, { gridPos: { x, y, w, h } })
  })
  return { panels: moved, bottom: Math.max(...bottoms) }
}

/** Sideways clones share the width, at most `maxPerRow` (4) of them; downwards each is as it was. */
function cloneAt(panel: Panel, index: number, count: number, top: number): GridPos {
  const { x, w, h } = panel.gridPos
  if (panel.repeatDirection === 'v') return { x, y: top + index * h, w, h }
  const perRow = Math.min(count, Math.max(1, panel.maxPerRow ?? 4))
  const width = Math.max(1, Math.floor(COLUMNS / perRow))
  return { x: (index % perRow) * width, y: top + Math.floor(index / perRow) * h, w: width, h }
}
