import { numberOf, objectOf, objectsOf, present, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import { titleOf } from './panel-migration.ts'
import type { MigrationContext } from './panel-migration.ts'
import { fieldConfigOf, replacePanel } from './panel-migration.ts'
import { reducerOf } from './reducer-names.ts'
import { migrateMappings } from './value-mappings.ts'

const SINGLESTAT_KEYS = [
  ...['cacheTimeout', 'colorBackground', 'colorPostfix', 'colorPrefix', 'colorValue', 'colors'],
  ...['decimals', 'format', 'gauge', 'mappingType', 'mappingTypes', 'nullPointMode', 'nullText'],
  ...['postfix', 'postfixFontSize', 'prefix', 'prefixFontSize', 'rangeMaps', 'sparkline'],
  ...['tableColumn', 'thresholds', 'valueFontSize', 'valueMaps', 'valueName', 'renderer'],
]

/** Statistics that need a whole series' times, which the newer panels cannot show. */
const LOST_STATISTICS = new Set(['last_time'])

/** Angular's `singlestat` as `gauge` when it drew one, else as `stat`. */
export function singlestatToStat(panel: JsonObject, context: MigrationContext): JsonObject {
  const gauge = objectOf(panel['gauge'])
  const isGauge = gauge['show'] === true
  const config = fieldConfigOf(panel)
  const defaults: JsonObject = { ...config.defaults, ...standardOptions(panel, context) }
  if (isGauge) {
    defaults['min'] = numberOf(gauge['minValue']) ?? 0
    defaults['max'] = numberOf(gauge['maxValue']) ?? 100
  }
  const sparkline = objectOf(panel['sparkline'])
  const colorMode =
    panel['colorBackground'] === true
      ? 'background'
      : panel['colorValue'] === true
        ? 'value'
        : 'none'
  const lineColor = textOf(sparkline['lineColor'])
  if (!isGauge && colorMode === 'none' && sparkline['show'] === true && lineColor !== undefined) {
    defaults['color'] = { mode: 'fixed', fixedColor: lineColor }
  }
  const statistic = textOf(panel['valueName']) ?? 'avg'
  if (LOST_STATISTICS.has(statistic)) {
    reportOption(panel, context, `valueName: ${statistic}`, 'the newest value is shown instead')
  }
  const reduceOptions = present({
    calcs: [LOST_STATISTICS.has(statistic) ? 'lastNotNull' : reducerOf(statistic)],
    fields: columnPattern(panel) ?? '',
    values: false,
  })
  const options = isGauge
    ? {
        reduceOptions,
        orientation: 'auto',
        showThresholdMarkers: gauge['thresholdMarkers'] !== false,
        showThresholdLabels: gauge['thresholdLabels'] === true,
      }
    : {
        reduceOptions,
        orientation: 'horizontal',
        colorMode,
        graphMode: sparkline['show'] === true ? 'area' : 'none',
        justifyMode: 'auto',
        textMode: statistic === 'name' ? 'name' : 'value',
      }
  const fieldConfig = { defaults, overrides: config.overrides }
  const type = isGauge ? 'gauge' : 'stat'
  return replacePanel(panel, SINGLESTAT_KEYS, { type, options, fieldConfig })
}

function standardOptions(panel: JsonObject, context: MigrationContext): JsonObject {
  const thresholds = stepsOf(panel, context.schemaVersion)
  const mappings = mappingsOf(panel, thresholds)
  return present({
    unit: unitOf(panel, context),
    decimals: numberOf(panel['decimals']),
    noValue: textOf(panel['nullText']),
    nullValueMode: textOf(panel['nullPointMode']),
    thresholds,
    mappings: mappings.length > 0 ? mappings : undefined,
  })
}

/** A prefix or postfix has no successor but a unit of its own, for which there is room when there was no other. */
function unitOf(panel: JsonObject, context: MigrationContext): string | undefined {
  const unit = textOf(panel['format'])
  const prefix = textOf(panel['prefix']) ?? ''
  const postfix = textOf(panel['postfix']) ?? ''
  const isPlain = unit === undefined || unit === '' || unit === 'none' || unit === 'short'
  if (prefix === '' && postfix === '') return unit
  if (isPlain && prefix === '') return `suffix:${postfix}`
  if (isPlain && postfix === '') return `prefix:${prefix}`
  const name = prefix === '' ? 'postfix' : 'prefix'
  reportOption(panel, context, name, 'the value is shown with its unit alone')
  return unit
}

function stepsOf(panel: JsonObject, schemaVersion: number): JsonObject | undefined {
  const colors = Array.isArray(panel['colors']) ? panel['colors'].map(textOf) : []
  const text = textOf(panel['thresholds']) ?? ''
  if (text.trim() === '' || colors.length === 0) return undefined
  const levels = text.split(',').map((level) => numberOf(level.trim()))
  // Before version 9 the list began with the lowest value.
  if (schemaVersion < 9 && levels.length >= 3) levels.shift()
  const steps = colors.flatMap<JsonObject>((color, index) => {
    if (index === 0) return [{ value: null, color: color ?? 'green' }]
    const level = levels[index - 1]
    return level === undefined ? [] : [{ value: level, color: color ?? 'red' }]
  })
  return { mode: 'absolute', steps }
}

function mappingsOf(panel: JsonObject, thresholds: JsonObject | undefined): JsonObject[] {
  const values = objectsOf(panel['valueMaps'])
  const ranges = objectsOf(panel['rangeMaps'])
  const type = numberOf(panel['mappingType']) ?? (values.length > 0 ? 1 : 2)
  const old = type === 2 ? ranges : type === 1 ? values : []
  const typed = old.map(({ value, from, to, text }) => ({ type, value, from, to, text }))
  return migrateMappings(typed, thresholds)
}

/** The column of a table result that was shown; with time series the setting had no effect. */
function columnPattern(panel: JsonObject): string | undefined {
  const column = textOf(panel['tableColumn'])
  const isTable = objectsOf(panel['targets']).some((target) => target['format'] === 'table')
  if (column === undefined || column === '' || !isTable) return undefined
  return `/^${column.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)}$/`
}

function reportOption(
  panel: JsonObject,
  context: MigrationContext,
  name: string,
  reason: string,
): void {
  context.draft.unsupported.push({
    kind: 'panel option',
    name,
    panelId: numberOf(panel['id']) ?? 0,
    panelTitle: titleOf(panel),
    reason,
  })
}
