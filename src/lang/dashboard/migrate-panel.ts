import { readDatasource } from './datasource.ts'
import { graphToTimeseries } from './graph-to-timeseries.ts'
import { heatmapFromAngular } from './heatmap-from-angular.ts'
import { changeEach, filledText, numberOf, objectsOf, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import { titleOf } from './panel-migration.ts'
import type { MigrationContext } from './panel-migration.ts'
import { migrateFieldConfig } from './migrate-field-config.ts'
import { migrateOldGraph } from './migrate-old-graph.ts'
import { migratePanelLinks } from './migrate-links.ts'
import { migrateTransformations } from './migrate-transformations.ts'
import { dashlistFromAngular, textFromAngular } from './small-panels.ts'
import { pieFromAngular } from './pie-from-angular.ts'
import { singlestatToStat } from './singlestat-to-stat.ts'
import { migrateStatOptions } from './stat-options.ts'
import { tableFromAngular } from './table-from-angular.ts'

/** Types that were only renamed, plugins among them. */
export const renamedPanelTypes: Readonly<Record<string, string>> = {
  graphite: 'graph',
  graph2: 'timeseries',
  singlestat2: 'stat',
  table2: 'table',
  text2: 'text',
  'heatmap-new': 'heatmap',
  'natel-discrete-panel': 'state-timeline',
  'flant-statusmap-panel': 'status-history',
  'grafana-piechart-panel': 'piechart',
  'grafana-singlestat-panel': 'singlestat',
  'grafana-worldmap-panel': 'geomap',
}

/** One panel (or row) in the newest schema; its own panels are left to the caller. */
export function migratePanel(raw: JsonObject, context: MigrationContext): JsonObject {
  const from = textOf(raw['type']) ?? ''
  const panel: JsonObject = { ...raw, type: renamedPanelTypes[from] ?? from }
  migrateDatasources(panel, context)
  migrateRepeat(panel)
  if (Array.isArray(panel['links'])) panel['links'] = migratePanelLinks(panel['links'])
  if (panel['type'] === 'graph') migrateOldGraph(panel)
  const converted = convertByType(panel, from, context)
  const result = migrateTransformations(migrateFieldConfig(converted, context), context)
  if (from !== result['type']) {
    context.draft.migrated.push({
      panelId: numberOf(raw['id']) ?? 0,
      panelTitle: titleOf(raw),
      from,
      to: textOf(result['type']) ?? '',
    })
  }
  return result
}

function convertByType(panel: JsonObject, from: string, context: MigrationContext): JsonObject {
  switch (panel['type']) {
    case 'graph':
      return graphToTimeseries(panel, context)
    case 'singlestat':
      return singlestatToStat(panel, context)
    case 'table-old':
      return tableFromAngular(panel, context)
    case 'table':
      // Before version 24 a table was Angular's, which has styles.
      return Array.isArray(panel['styles']) ? tableFromAngular(panel, context) : panel
    case 'piechart':
      return from === 'grafana-piechart-panel' ? pieFromAngular(panel) : migrateStatOptions(panel)
    case 'heatmap':
      return heatmapFromAngular(panel)
    case 'text':
      return textFromAngular(panel)
    case 'dashlist':
      return dashlistFromAngular(panel)
    case 'stat':
    case 'gauge':
    case 'bargauge':
      return migrateStatOptions(panel)
    default:
      return panel
  }
}

/** Versions 33 and 36: references instead of names, for the panel and each of its queries. */
function migrateDatasources(panel: JsonObject, context: MigrationContext): void {
  const ref = readDatasource(panel['datasource'], context.datasources)
  if (ref) panel['datasource'] = ref
  else delete panel['datasource']
  if (!Array.isArray(panel['targets'])) return
  const taken = new Set(objectsOf(panel['targets']).map((target) => target['refId']))
  panel['targets'] = changeEach(panel['targets'], (target) => {
    const own = readDatasource(target['datasource'], context.datasources)
    const { datasource: _source, ...rest } = target
    const refId = filledText(target['refId']) ?? freeRefId(taken)
    taken.add(refId)
    return { ...rest, refId, ...(own ? { datasource: own } : {}) }
  })
}

function freeRefId(taken: ReadonlySet<unknown>): string {
  for (let i = 0; i < 26; i++) {
    const letter = String.fromCodePoint(65 + i)
    if (!taken.has(letter)) return letter
  }
  return `Q${taken.size}`
}

/** Version 17: `minSpan` becomes `maxPerRow`, rounded down to a divisor of 24. */
function migrateRepeat(panel: JsonObject): void {
  const minSpan = numberOf(panel['minSpan'])
  if (minSpan !== undefined && minSpan > 0 && panel['maxPerRow'] === undefined) {
    const most = 24 / minSpan
    panel['maxPerRow'] = [24, 12, 8, 6, 4, 3, 2, 1].find((divisor) => divisor <= most) ?? 1
  }
  delete panel['minSpan']
  if (panel['repeat'] === null || panel['repeat'] === '') delete panel['repeat']
}
