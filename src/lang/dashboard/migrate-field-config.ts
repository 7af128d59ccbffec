import { changeEach, isObject, numberOf, objectOf, objectsOf, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import { migrateDataLinks } from './migrate-links.ts'
import type { MigrationContext } from './panel-migration.ts'
import { migrateMappings } from './value-mappings.ts'

/** What changed in field configurations and the options around them (versions 30, 35, 37, 38, 42 and Grafana 8). */
export function migrateFieldConfig(panel: JsonObject, context: MigrationContext): JsonObject {
  const config = objectOf(panel['fieldConfig'])
  const defaults: JsonObject = { ...objectOf(config['defaults']) }
  const overrides = objectsOf(config['overrides']).map((rule) => migrateOverride(rule, panel))
  if (defaults['mappings'] !== undefined) {
    defaults['mappings'] = migrateMappings(defaults['mappings'], defaults['thresholds'])
  }
  if (Array.isArray(defaults['links'])) defaults['links'] = migrateDataLinks(defaults['links'])
  if (isObject(defaults['thresholds'])) defaults['thresholds'] = openBase(defaults['thresholds'])
  const custom: JsonObject = { ...objectOf(defaults['custom']) }
  migrateCustom(custom, panel)
  if ('custom' in defaults || Object.keys(custom).length > 0) defaults['custom'] = custom
  // An axis hidden for all series was the vertical one only before version 35.
  const hidesAxes = panel['type'] === 'timeseries' && custom['axisPlacement'] === 'hidden'
  if (hidesAxes && context.schemaVersion < 35) {
    overrides.push({
      matcher: { id: 'byType', options: 'time' },
      properties: [{ id: 'custom.axisPlacement', value: 'auto' }],
    })
  }
  return {
    ...panel,
    fieldConfig: { ...config, defaults, overrides },
    options: migrateOptions(objectOf(panel['options'])),
  }
}

/** The lowest step holds for everything below; JSON has no -Infinity, so it is null there. */
function openBase(thresholds: JsonObject): JsonObject {
  const steps = objectsOf(thresholds['steps'])
  return {
    ...thresholds,
    steps: changeEach(thresholds['steps'], (step) => ({
      ...step,
      value: step === steps[0] ? null : (numberOf(step['value']) ?? null),
    })),
  }
}

function migrateCustom(custom: JsonObject, panel: JsonObject): void {
  if (isObject(custom['hideFrom'])) custom['hideFrom'] = migrateHideFrom(custom['hideFrom'])
  const mode = textOf(custom['displayMode'])
  if (panel['type'] === 'table' && mode !== undefined) {
    custom['cellOptions'] = cellOptionsOf(mode)
    delete custom['displayMode']
  }
}

function migrateHideFrom(hideFrom: JsonObject): JsonObject {
  const { graph, ...rest } = hideFrom
  return graph === undefined ? hideFrom : { ...rest, viz: graph }
}

function migrateOverride(rule: JsonObject, panel: JsonObject): JsonObject {
  const properties = changeEach(rule['properties'], (property) => {
    const { id, value } = property
    if (id === 'mappings') return { ...property, value: migrateMappings(value, undefined) }
    if (id === 'thresholds' && isObject(value)) return { ...property, value: openBase(value) }
    if (id === 'links') return { ...property, value: migrateDataLinks(value) }
    if (id === 'custom.hideFrom' && isObject(value)) {
      return { ...property, value: migrateHideFrom(value) }
    }
    if (id === 'custom.displayMode' && panel['type'] === 'table') {
      return { id: 'custom.cellOptions', value: cellOptionsOf(textOf(value) ?? 'auto') }
    }
    return property
  })
  return { ...rule, properties }
}

/** Version 38: how a cell is drawn, by the name it had before. */
function cellOptionsOf(displayMode: string): JsonObject {
  switch (displayMode) {
    case 'basic':
    case 'gradient-gauge':
    case 'lcd-gauge':
      return { type: 'gauge', mode: displayMode.replace('-gauge', '') }
    case 'color-background':
      return { type: 'color-background', mode: 'gradient' }
    case 'color-background-solid':
      return { type: 'color-background', mode: 'basic' }
    default:
      return { type: displayMode }
  }
}

/** `tooltipOptions` became `tooltip` (30), and a legend says by one key whether it is shown (37). */
function migrateOptions(options: JsonObject): JsonObject {
  const out: JsonObject = { ...options }
  if (isObject(out['tooltipOptions'])) {
    out['tooltip'] = out['tooltipOptions']
    delete out['tooltipOptions']
  }
  const legend = out['legend']
  if (isObject(legend) && ('displayMode' in legend || 'placement' in legend)) {
    const isHidden = legend['displayMode'] === 'hidden' || legend['showLegend'] === false
    out['legend'] = isHidden
      ? { ...legend, displayMode: 'list', showLegend: false }
      : { ...legend, showLegend: true }
  }
  return out
}
