import {
  isObject,
  listOf,
  numberOf,
  objectOf,
  objectsOf,
  present,
  textOf,
  without,
} from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import { fieldConfigOf } from './panel-migration.ts'
import { reducerOf } from './reducer-names.ts'

/**
 * The options that `stat`, `gauge`, `bargauge` and `piechart` share, in the form of Grafana 7 and later: `valueOptions` (6.0)
 * and `fieldOptions` (6.2 to 6.7) move to the field configuration, `options-gauge` (5.x) to the options.
 */
export function migrateStatOptions(raw: JsonObject): JsonObject {
  const panel = fromOptionsGauge(raw)
  const options = objectOf(panel['options'])
  const config = fieldConfigOf(panel)
  const isOld = (numberOf(Number.parseFloat(textOf(panel['pluginVersion']) ?? '6.1')) ?? 6.1) < 8
  const fieldOptions = isObject(options['fieldOptions'])
    ? options['fieldOptions']
    : fromValueOptions(options)
  const defaults: JsonObject = { ...config.defaults }
  const overrides = [...config.overrides]
  let next: JsonObject = options
  if (fieldOptions) {
    Object.assign(defaults, fieldDefaults(fieldOptions, options))
    overrides.push(...objectsOf(fieldOptions['overrides']))
    next = {
      reduceOptions: present({
        calcs: listOf(fieldOptions['calcs']).map((calc) => reducerOf(textOf(calc) ?? 'mean')),
        values: fieldOptions['values'] === true,
        limit: numberOf(fieldOptions['limit']),
      }),
      ...without(options, OLD_KEYS),
    }
  }
  if (typeof defaults['title'] === 'string') {
    defaults['displayName'] = defaults['title']
    delete defaults['title']
  }
  if (typeof defaults['color'] === 'string') {
    defaults['color'] = { mode: 'fixed', fixedColor: defaults['color'] }
  }
  if (isOld && panel['type'] !== 'piechart') setRangeOfPercent(defaults)
  return { ...panel, options: next, fieldConfig: { defaults, overrides } }
}

const OLD_KEYS = new Set([
  ...['fieldOptions', 'valueOptions', 'valueMappings', 'thresholds', 'minValue', 'maxValue'],
])

/** Version 18: the first gauge kept its options under another key. */
function fromOptionsGauge(panel: JsonObject): JsonObject {
  const old = panel['options-gauge']
  if (!isObject(old)) return panel
  const { unit, stat, decimals, prefix, suffix, options: _bug, thresholds, ...rest } = old
  const { 'options-gauge': _dropped, ...kept } = panel
  return {
    ...kept,
    options: {
      ...rest,
      valueOptions: { unit, stat, decimals, prefix, suffix },
      ...(Array.isArray(thresholds) ? { thresholds: thresholds.toReversed() } : {}),
    },
  }
}

/** Before 6.2. */
function fromValueOptions(options: JsonObject): JsonObject | undefined {
  const old = options['valueOptions']
  if (!isObject(old)) return undefined
  const stat = textOf(old['stat'])
  return {
    mappings: options['valueMappings'],
    thresholds: options['thresholds'],
    calcs: stat === undefined ? [] : [stat],
    defaults: present({
      unit: old['unit'],
      decimals: old['decimals'],
      min: options['minValue'],
      max: options['maxValue'],
    }),
  }
}

function fieldDefaults(fieldOptions: JsonObject, options: JsonObject): JsonObject {
  const defaults: JsonObject = { ...objectOf(fieldOptions['defaults']) }
  const thresholds = defaults['thresholds'] ?? fieldOptions['thresholds'] ?? options['thresholds']
  if (Array.isArray(thresholds)) {
    const steps = objectsOf(thresholds)
      .map(({ value, color }) => ({ value: numberOf(value) ?? null, color }))
      .toSorted(
        (a, b) => (a.value ?? Number.NEGATIVE_INFINITY) - (b.value ?? Number.NEGATIVE_INFINITY),
      )
    if (steps[0]) steps[0].value = null
    defaults['thresholds'] = { mode: 'absolute', steps }
  }
  const mappings = defaults['mappings'] ?? fieldOptions['mappings']
  if (mappings !== undefined) defaults['mappings'] = mappings
  return present(defaults)
}

/** Before Grafana 8 a percentage without bounds went from 0 to 100. */
function setRangeOfPercent(defaults: JsonObject): void {
  const most = defaults['unit'] === 'percent' ? 100 : defaults['unit'] === 'percentunit' ? 1 : 0
  if (most === 0) return
  defaults['min'] = numberOf(defaults['min']) ?? 0
  defaults['max'] = numberOf(defaults['max']) ?? most
}
