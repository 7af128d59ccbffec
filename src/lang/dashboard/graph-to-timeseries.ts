import { axisConfig, dashesOf } from './graph-axis.ts'
import { graphOverrides } from './graph-overrides.ts'
import { graphThresholds } from './graph-thresholds.ts'
import { flagOf, listOf, numberOf, objectOf, present, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import { migrateDataLinks } from './migrate-links.ts'
import { titleOf } from './panel-migration.ts'
import type { MigrationContext } from './panel-migration.ts'
import { oldAxis } from './migrate-old-graph.ts'
import { fieldConfigOf, replacePanel } from './panel-migration.ts'
import { reducerOf } from './reducer-names.ts'

/** What only the old graph has; the rest of the panel stays as it is. */
const GRAPH_KEYS = [
  ...['aliasColors', 'bars', 'dashLength', 'dashes', 'decimals', 'fill', 'fillGradient', 'grid'],
  ...['hiddenSeries', 'legend', 'lines', 'linewidth', 'nullPointMode', 'percentage', 'pointradius'],
  ...['points', 'renderer', 'seriesOverrides', 'spaceLength', 'stack', 'steppedLine', 'thresholds'],
  ...['timeRegions', 'tooltip', 'xaxis', 'yaxes', 'yaxis', 'bucketAggs', 'annotate', 'zerofill'],
]

/**
 * The `graph` panel of Angular's time as its successor: `timeseries`, or `barchart` when it drew one bar a series
 * (`xaxis.mode: series`), or `histogram`.
 */
export function graphToTimeseries(panel: JsonObject, context: MigrationContext): JsonObject {
  const config = fieldConfigOf(panel)
  const left = axisConfig(oldAxis(panel, 0))
  const custom = { ...left.custom, ...drawing(panel) }
  const defaults: JsonObject = {
    ...config.defaults,
    ...left.standard,
    custom: { ...objectOf(config.defaults['custom']), ...custom },
  }
  if (panel['nullPointMode'] === 'null as zero') defaults['nullValueMode'] = 'null as zero'
  const thresholds = graphThresholds(panel['thresholds'])
  if (thresholds) {
    defaults['thresholds'] = thresholds.thresholds
    defaults['custom'] = { ...objectOf(defaults['custom']), thresholdsStyle: thresholds.style }
  }
  const links = listOf(objectOf(panel['options'])['dataLinks'])
  if (links.length > 0) defaults['links'] = migrateDataLinks(links)
  reportLost(panel, context)
  const overrides = [...config.overrides, ...graphOverrides(panel, defaults)]
  const options = { legend: legendOf(panel), tooltip: tooltipOf(panel) }
  const mode = textOf(objectOf(panel['xaxis'])['mode'])
  const fieldConfig = { defaults, overrides }
  if (mode === 'series') {
    return replacePanel(panel, GRAPH_KEYS, {
      type: 'bargauge',
      options: barsOf(panel),
      fieldConfig,
    })
  }
  const type = mode === 'histogram' ? 'histogram' : 'timeseries'
  const own = type === 'histogram' ? { ...options, ...bucketsOf(panel) } : options
  return replacePanel(panel, GRAPH_KEYS, { type, options: own, fieldConfig })
}

function drawing(panel: JsonObject): JsonObject {
  const isBars = panel['bars'] === true
  const isLines = flagOf(panel['lines']) ?? true
  const hasPoints = panel['points'] === true
  const radius = numberOf(panel['pointradius'])
  const fill = numberOf(panel['fill'])
  const gradient = numberOf(panel['fillGradient']) ?? 0
  const drawStyle = isBars ? 'bars' : isLines || !hasPoints ? 'line' : 'points'
  const opacity = isBars ? 100 : gradient > 0 ? gradient * 10 : fill === undefined ? 10 : fill * 10
  return present({
    drawStyle,
    lineWidth: isLines || hasPoints || isBars ? (numberOf(panel['linewidth']) ?? 1) : 0,
    fillOpacity: Math.min(100, opacity),
    gradientMode: gradient > 0 ? 'opacity' : 'none',
    showPoints: hasPoints ? 'always' : 'never',
    pointSize: hasPoints && radius !== undefined ? 2 + radius * 2 : undefined,
    spanNulls: panel['nullPointMode'] === 'connected',
    lineInterpolation: panel['steppedLine'] === true ? 'stepAfter' : 'linear',
    lineStyle: panel['dashes'] === true ? dashesOf(panel) : undefined,
    stacking:
      panel['stack'] === true
        ? { mode: panel['percentage'] === true ? 'percent' : 'normal', group: 'A' }
        : undefined,
  })
}

/** The columns of the old legend, in its order, and the name each has in the new one. */
const LEGEND_VALUES = ['min', 'max', 'avg', 'current', 'total']
const LEGEND_COLUMNS: Readonly<Record<string, string>> = {
  min: 'Min',
  max: 'Max',
  avg: 'Mean',
  current: 'Last *',
  total: 'Total',
}

function legendOf(panel: JsonObject): JsonObject {
  const old = objectOf(panel['legend'])
  const shown = LEGEND_VALUES.filter((name) => old['values'] === true && old[name] === true)
  const sort = textOf(old['sort'])
  return present({
    displayMode: old['alignAsTable'] === true ? 'table' : 'list',
    showLegend: flagOf(old['show']) ?? true,
    placement: old['rightSide'] === true ? 'right' : 'bottom',
    calcs: shown.map(reducerOf),
    width: old['rightSide'] === true ? numberOf(old['sideWidth']) : undefined,
    sortBy: sort === undefined ? undefined : LEGEND_COLUMNS[sort],
    sortDesc: sort === undefined ? undefined : (flagOf(old['sortDesc']) ?? false),
  })
}

function tooltipOf(panel: JsonObject): JsonObject {
  const old = objectOf(panel['tooltip'])
  const order = ['none', 'asc', 'desc'][numberOf(old['sort']) ?? 0] ?? 'none'
  return { mode: (flagOf(old['shared']) ?? true) ? 'multi' : 'single', sort: order }
}

function barsOf(panel: JsonObject): JsonObject {
  const value = textOf(listOf(objectOf(panel['xaxis'])['values'])[0]) ?? 'total'
  return {
    reduceOptions: { calcs: [reducerOf(value)], values: false },
    orientation: 'vertical',
    displayMode: 'basic',
    showUnfilled: false,
  }
}

function bucketsOf(panel: JsonObject): JsonObject {
  const count = numberOf(objectOf(panel['xaxis'])['buckets'])
  return count === undefined ? {} : { bucketCount: count }
}

function reportLost(panel: JsonObject, context: MigrationContext): void {
  const where = { panelId: numberOf(panel['id']) ?? 0, panelTitle: titleOf(panel) }
  if (listOf(panel['timeRegions']).length > 0) {
    const reason = 'regions of time were a part of the old graph and are not drawn'
    context.draft.unsupported.push({ kind: 'panel option', name: 'timeRegions', ...where, reason })
  }
  if (Object.keys(objectOf(panel['alert'])).length > 0) {
    const reason =
      "the old graph's own alert is kept in the file and not evaluated: use a rule file"
    context.draft.unsupported.push({ kind: 'panel option', name: 'alert', ...where, reason })
  }
}
