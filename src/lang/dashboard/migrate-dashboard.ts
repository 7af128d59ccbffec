import type { Datasource } from './datasource.ts'
import { changeEach, isObject, listOf, numberOf, objectOf, objectsOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import type { MigrationContext } from './panel-migration.ts'
import { migrateAnnotations } from './migrate-annotations.ts'
import { migratePanel } from './migrate-panel.ts'
import { migrateVariables } from './migrate-variables.ts'
import type { ReportDraft } from './report.ts'
import { rowsToGrid } from './rows-to-grid.ts'

/** The schemaVersion that `migrateDashboard` reaches and `writeDashboard` writes. */
export const SCHEMA_VERSION = 42

/**
 * Brings a dashboard of any age to the newest classic schema. Wherever the shape itself tells what is old, the shape decides
 * and not the version, since generators often write an old form under a new number. The argument belongs to the function and
 * is changed. Rules: Grafana's schema versions 1 to 42, as its documentation and its files show them.
 */
export function migrateDashboard(
  raw: JsonObject,
  datasources: readonly Datasource[],
  draft: ReportDraft,
): JsonObject {
  const schemaVersion = numberOf(raw['schemaVersion']) ?? 0
  const context: MigrationContext = { schemaVersion, datasources, draft }
  moveOldKeys(raw)
  const laidOut = isObject(raw['rows']) || Array.isArray(raw['rows']) ? rowsToGrid(raw) : raw
  const panels = withoutLeftOvers(objectsOf(laidOut['panels']))
  assignIds(panels)
  const { rows: _rows, ...rest } = laidOut
  return {
    ...rest,
    panels: panels.map((panel) => migrateWithChildren(panel, context)),
    templating: { ...objectOf(raw['templating']), list: migrateVariables(raw, context) },
    annotations: { ...objectOf(raw['annotations']), list: migrateAnnotations(raw, context) },
    schemaVersion: SCHEMA_VERSION,
  }
}

function migrateWithChildren(panel: JsonObject, context: MigrationContext): JsonObject {
  const migrated = migratePanel(panel, context)
  if (!('panels' in panel)) return migrated
  return {
    ...migrated,
    panels: objectsOf(panel['panels']).map((one) => migratePanel(one, context)),
  }
}

/** Versions 2, 6, 7, 14, 40: things that were kept elsewhere. */
function moveOldKeys(raw: JsonObject): void {
  const filter = objectOf(objectOf(raw['services'])['filter'])
  if (isObject(filter['time']) && !isObject(raw['time'])) raw['time'] = filter['time']
  if (Array.isArray(filter['list']) && !isObject(raw['templating'])) {
    raw['templating'] = { list: filter['list'] }
  }
  const pulldown = objectsOf(raw['pulldowns']).find((one) => one['type'] === 'annotations')
  if (pulldown && !isObject(raw['annotations'])) {
    raw['annotations'] = { list: listOf(pulldown['annotations']) }
  }
  const nav = objectsOf(raw['nav'])[0]
  if (nav && !isObject(raw['timepicker'])) raw['timepicker'] = nav
  if (raw['sharedCrosshair'] === true && raw['graphTooltip'] === undefined) raw['graphTooltip'] = 1
  if (typeof raw['refresh'] === 'boolean') raw['refresh'] = ''
  for (const key of ['services', 'pulldowns', 'nav', 'sharedCrosshair', 'hideControls']) {
    delete raw[key]
  }
}

/** Version 27: clones of a repeated panel that an old editor saved with the dashboard. */
function withoutLeftOvers(panels: JsonObject[]): JsonObject[] {
  const isLeftOver = (panel: JsonObject): boolean =>
    Boolean(panel['repeatPanelId']) || Boolean(panel['repeatByRow'])
  return changeEach(
    panels.filter((panel) => !isLeftOver(panel)),
    (panel) =>
      Array.isArray(panel['panels'])
        ? { ...panel, panels: objectsOf(panel['panels']).filter((one) => !isLeftOver(one)) }
        : panel,
  )
}

/** Gives each panel an id of its own: the first of a duplicate keeps it. */
function assignIds(panels: readonly JsonObject[]): void {
  const all = panels.flatMap((panel) => [panel, ...objectsOf(panel['panels'])])
  let highest = 0
  for (const panel of all) highest = Math.max(highest, numberOf(panel['id']) ?? 0)
  const taken = new Set<number>()
  for (const panel of all) {
    const id = numberOf(panel['id'])
    if (id === undefined || id <= 0 || !Number.isInteger(id) || taken.has(id)) {
      highest = Math.floor(highest) + 1
      panel['id'] = highest
    }
    taken.add(numberOf(panel['id']) ?? highest)
  }
}
