import { isObject, objectsOf, type JsonObject } from '../src/lang/dashboard/json-value.ts'

/** A dashboard with every row open, as a person would have saved it. */
export function openAllRows(dashboard: JsonObject, uid: string): JsonObject {
  const panels: JsonObject[] = []
  let y = 0
  const place = (group: readonly JsonObject[]): void => {
    const tops = group.map((panel) => gridOf(panel).y)
    const top = Math.min(...tops)
    let bottom = 0
    for (const panel of group) {
      const grid = gridOf(panel)
      panels.push({ ...panel, gridPos: { ...grid, y: y + grid.y - top } })
      bottom = Math.max(bottom, grid.y - top + grid.h)
    }
    y += bottom
  }
  let loose: JsonObject[] = []
  for (const panel of objectsOf(dashboard['panels'])) {
    if (panel['type'] !== 'row') {
      loose.push(panel)
      continue
    }
    if (loose.length > 0) place(loose)
    loose = []
    panels.push({ ...panel, collapsed: false, panels: [], gridPos: { x: 0, y, w: 24, h: 1 } })
    y += 1
    const within = objectsOf(panel['panels'])
    if (within.length > 0) place(within)
  }
  if (loose.length > 0) place(loose)
  return { ...dashboard, panels, uid, id: null, title: 'Every row open' }
}

function gridOf(panel: JsonObject): { x: number; y: number; w: number; h: number } {
  const grid = isObject(panel['gridPos']) ? panel['gridPos'] : {}
  const number = (key: string): number => {
    const value = grid[key]
    return typeof value === 'number' ? value : 0
  }
  return { x: number('x'), y: number('y'), w: number('w'), h: number('h') }
}

/** Five hundred lines in one panel. */
export function manySeries(uid: string, count: number): JsonObject {
  return {
    uid,
    title: `${count} series`,
    schemaVersion: 41,
    time: { from: 'now-1h', to: 'now' },
    panels: [
      {
        id: 1,
        type: 'timeseries',
        title: `${count} series`,
        gridPos: { x: 0, y: 0, w: 24, h: 16 },
        datasource: { type: 'prometheus', uid: 'prometheus' },
        fieldConfig: { defaults: { custom: { lineWidth: 1 } }, overrides: [] },
        options: { legend: { showLegend: true, displayMode: 'list', placement: 'bottom' } },
        targets: [{ refId: 'A', expr: 'bench_many', legendFormat: '{{n}}' }],
      },
    ],
  }
}
