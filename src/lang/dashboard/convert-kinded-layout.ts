import { flagOf, numberOf, objectOf, objectsOf, present, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import type { ReportDraft } from './report.ts'

type FindElement = (name: string) => JsonObject | undefined

/** The panels of one layout in cells from its own top, and how many cells it is high. */
interface Placed {
  readonly panels: JsonObject[]
  readonly height: number
}

const COLUMNS = 24
/** What an automatic grid gives a panel when it has three columns. */
const AUTO_HEIGHT = 8

/** The panels of a layout of the second schema on the classic grid. Tabs become rows, and are reported. */
export function convertLayout(
  layout: unknown,
  findElement: FindElement,
  draft: ReportDraft,
): JsonObject[] {
  return place(objectOf(layout), findElement, draft, 0).panels
}

function place(
  layout: JsonObject,
  findElement: FindElement,
  draft: ReportDraft,
  depth: number,
): Placed {
  const spec = objectOf(layout['spec'])
  switch (layout['kind']) {
    case 'GridLayout':
      return placeGrid(spec, findElement)
    case 'AutoGridLayout':
    case 'ResponsiveGridLayout':
      return placeAutomatically(spec, findElement)
    case 'RowsLayout':
      return placeRows(objectsOf(spec['rows']), findElement, draft, depth)
    case 'TabsLayout':
      draft.unsupported.push({
        kind: 'schema version',
        name: 'TabsLayout',
        reason: 'tabs are shown as rows below each other',
      })
      return placeRows(objectsOf(spec['tabs']), findElement, draft, depth)
    default: {
      const reason = 'this layout is not known; its panels are left out'
      draft.unsupported.push({ kind: 'schema version', name: String(layout['kind']), reason })
      return { panels: [], height: 0 }
    }
  }
}

function elementOf(item: JsonObject, findElement: FindElement): JsonObject | undefined {
  return findElement(textOf(objectOf(item['element'])['name']) ?? '')
}

function repeatOf(spec: JsonObject): JsonObject {
  const repeat = objectOf(spec['repeat'])
  const name = textOf(repeat['value'])
  if (name === undefined) return {}
  return present({
    repeat: name,
    repeatDirection: textOf(repeat['direction']),
    maxPerRow: numberOf(repeat['maxPerRow']),
  })
}

function placeGrid(spec: JsonObject, findElement: FindElement): Placed {
  const panels: JsonObject[] = []
  let height = 0
  for (const item of objectsOf(spec['items'])) {
    const own = objectOf(item['spec'])
    const panel = elementOf(own, findElement)
    if (!panel) continue
    const y = numberOf(own['y']) ?? 0
    const h = numberOf(own['height']) ?? AUTO_HEIGHT
    const gridPos = { x: numberOf(own['x']) ?? 0, y, w: numberOf(own['width']) ?? COLUMNS, h }
    panels.push({ ...panel, ...repeatOf(own), gridPos })
    height = Math.max(height, y + h)
  }
  return { panels, height }
}

function placeAutomatically(spec: JsonObject, findElement: FindElement): Placed {
  const columns = Math.min(6, Math.max(1, numberOf(spec['maxColumnCount']) ?? 3))
  const w = Math.floor(COLUMNS / columns)
  const panels = objectsOf(spec['items']).flatMap((item) => {
    const own = objectOf(item['spec'])
    const panel = elementOf(own, findElement)
    return panel ? [{ ...panel, ...repeatOf(own) }] : []
  })
  return {
    panels: panels.map((panel, i) => ({
      ...panel,
      gridPos: {
        x: (i % columns) * w,
        y: Math.floor(i / columns) * AUTO_HEIGHT,
        w,
        h: AUTO_HEIGHT,
      },
    })),
    height: Math.ceil(panels.length / columns) * AUTO_HEIGHT,
  }
}

function placeRows(
  rows: readonly JsonObject[],
  findElement: FindElement,
  draft: ReportDraft,
  depth: number,
): Placed {
  const panels: JsonObject[] = []
  let y = 0
  for (const row of rows) {
    const spec = objectOf(row['spec'])
    const inner =
      depth < 4 ? place(objectOf(spec['layout']), findElement, draft, depth + 1) : emptyLayout()
    const collapsed = flagOf(spec['collapse']) ?? false
    const hasHeader = spec['hideHeader'] !== true
    const moved = inner.panels.map((panel) => moveDown(panel, y + (hasHeader ? 1 : 0)))
    // The classic grid has no rows within rows: inner ones follow their outer one.
    const innerRows = collapsed ? moved.flatMap(panelsOfRow) : moved
    if (hasHeader) {
      panels.push({
        type: 'row',
        title: textOf(spec['title']) ?? '',
        collapsed,
        ...repeatOf(spec),
        gridPos: { x: 0, y, w: COLUMNS, h: 1 },
        panels: collapsed ? innerRows : [],
      })
      y++
    }
    if (!collapsed || !hasHeader) panels.push(...innerRows)
    if (!collapsed) y += inner.height
  }
  return { panels, height: y }
}

function emptyLayout(): Placed {
  return { panels: [], height: 0 }
}

function panelsOfRow(panel: JsonObject): JsonObject[] {
  return panel['type'] === 'row' ? objectsOf(panel['panels']) : [panel]
}

function moveDown(panel: JsonObject, by: number): JsonObject {
  const gridPos = objectOf(panel['gridPos'])
  const own = { ...panel, gridPos: { ...gridPos, y: (numberOf(gridPos['y']) ?? 0) + by } }
  if (panel['type'] !== 'row') return own
  return { ...own, panels: objectsOf(panel['panels']).map((one) => moveDown(one, by)) }
}
