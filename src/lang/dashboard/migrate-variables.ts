import { readDatasource } from './datasource.ts'
import { numberOf, objectOf, objectsOf, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import type { MigrationContext } from './panel-migration.ts'

const OLD_KEYS = [
  ...['tags', 'tagsQuery', 'tagValuesQuery', 'useTags', 'allFormat', 'multiFormat'],
  ...['hideVariable', 'hideLabel', 'refresh_on_load', 'refreshOnLoad'],
]

/** The variables in their newest form (schema versions 6, 12, 23, 27, 28, 29, 36). */
export function migrateVariables(raw: JsonObject, context: MigrationContext): JsonObject[] {
  return objectsOf(objectOf(raw['templating'])['list']).map((one) => migrateVariable(one, context))
}

function migrateVariable(raw: JsonObject, context: MigrationContext): JsonObject {
  const type = textOf(raw['type']) ?? 'query'
  const variable: JsonObject = { ...raw, type: type === 'filter' ? 'query' : type }
  if (raw['hideVariable'] === true) variable['hide'] = 2
  else if (raw['hideLabel'] === true) variable['hide'] = 1
  for (const key of OLD_KEYS) delete variable[key]
  if ('datasource' in variable) {
    const ref = readDatasource(variable['datasource'], context.datasources)
    if (ref) variable['datasource'] = ref
    else delete variable['datasource']
  }
  if (variable['type'] === 'query') migrateQuery(variable, context.schemaVersion)
  if (variable['type'] === 'constant' && context.schemaVersion < 27) migrateConstant(variable)
  alignWithMulti(variable)
  return variable
}

/** Since version 29 a query variable is always refreshed, and saves no options. */
function migrateQuery(variable: JsonObject, schemaVersion: number): void {
  const refresh = variable['refresh'] === true ? 1 : numberOf(variable['refresh'])
  const always = refresh === 1 || refresh === 2
  variable['refresh'] = always ? refresh : schemaVersion < 29 ? 1 : (refresh ?? 1)
  if (schemaVersion < 29) variable['options'] = []
}

/** Before version 27 a constant that was shown could be edited: that is a text box now. */
function migrateConstant(variable: JsonObject): void {
  const value = textOf(variable['query']) ?? ''
  variable['current'] = { text: value, value }
  variable['options'] = [{ text: value, value, selected: true }]
  const hide = numberOf(variable['hide']) ?? 0
  if (hide !== 2) variable['type'] = 'textbox'
}

/** Text and value are lists exactly when several may be chosen. */
function alignWithMulti(variable: JsonObject): void {
  const current = objectOf(variable['current'])
  if (!('value' in current)) return
  const isMulti = variable['multi'] === true
  const align = (value: unknown): unknown => {
    if (isMulti) return Array.isArray(value) ? value : [value]
    return Array.isArray(value) ? (value[0] ?? '') : value
  }
  variable['current'] = { ...current, value: align(current['value']), text: align(current['text']) }
}
