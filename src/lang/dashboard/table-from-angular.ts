import { listOf, numberOf, objectOf, objectsOf, present, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import { titleOf } from './panel-migration.ts'
import type { MigrationContext } from './panel-migration.ts'
import { newerNames } from './migrate-links.ts'
import { fieldConfigOf, replacePanel } from './panel-migration.ts'
import { reducerOf } from './reducer-names.ts'
import { migrateMappings } from './value-mappings.ts'

const TABLE_KEYS = [
  ...['columns', 'fontSize', 'pageSize', 'scroll', 'showHeader', 'sort', 'styles', 'transform'],
  ...['filterNull', 'renderer'],
]

/** Angular's table with `styles` as the newer table with overrides. */
export function tableFromAngular(panel: JsonObject, context: MigrationContext): JsonObject {
  const config = fieldConfigOf(panel)
  const styles = objectsOf(panel['styles'])
  const everything = styles.find((style) => style['pattern'] === '/.*/')
  const defaults: JsonObject = { ...config.defaults }
  for (const { id, value } of everything ? styleProperties(everything, context) : []) {
    if (!id.startsWith('custom.')) defaults[id] = value
    else defaults['custom'] = { ...objectOf(defaults['custom']), [id.slice(7)]: value }
  }
  // Of the styles that fit a column the first held; of overrides the last does.
  const overrides = styles
    .filter((style) => style !== everything && textOf(style['pattern']))
    .map((style) => overrideOf(style, context))
    .toReversed()
  const sort = objectOf(panel['sort'])
  const column = numberOf(sort['col'])
  const options = {
    showHeader: panel['showHeader'] !== false,
    footer: present({ enablePagination: numberOf(panel['pageSize']) === undefined ? null : true }),
    // The old table knew the place of the column to sort by, not its name.
    ...(column === undefined
      ? {}
      : { sortBy: [{ displayName: '', columnIndex: column, desc: sort['desc'] === true }] }),
  }
  return {
    ...replacePanel(panel, TABLE_KEYS, {
      type: 'table',
      options: { ...options, ...objectOf(panel['options']) },
      fieldConfig: { defaults, overrides: [...config.overrides, ...overrides] },
    }),
    transformations: [...objectsOf(panel['transformations']), ...transformationOf(panel, context)],
  }
}

function transformationOf(panel: JsonObject, context: MigrationContext): JsonObject[] {
  const transform = textOf(panel['transform'])
  switch (transform) {
    case 'timeseries_to_rows':
      return [{ id: 'seriesToRows', options: {} }]
    case 'timeseries_to_columns':
      return [{ id: 'joinByField', options: { byField: 'Time', mode: 'outer' } }]
    case 'timeseries_aggregations': {
      const columns = objectsOf(panel['columns']).map((column) => textOf(column['value']) ?? 'avg')
      const reducers = (columns.length > 0 ? columns : ['avg']).map(reducerOf)
      return [{ id: 'reduce', options: { reducers, includeTimeField: false } }]
    }
    case 'table':
      return listOf(panel['targets']).length > 1 ? [{ id: 'merge', options: {} }] : []
    case undefined:
      return []
    default:
      context.draft.unsupported.push({
        kind: 'panel option',
        name: `transform: ${transform}`,
        panelId: numberOf(panel['id']) ?? 0,
        panelTitle: titleOf(panel),
        reason: 'the result is shown as it comes',
      })
      return []
  }
}

function overrideOf(style: JsonObject, context: MigrationContext): JsonObject {
  const pattern = textOf(style['pattern']) ?? ''
  const isRegex = /^\/.*\/[gimsuy]*$/s.test(pattern)
  return {
    matcher: { id: isRegex ? 'byRegexp' : 'byName', options: pattern },
    properties: styleProperties(style, context),
  }
}

interface Property {
  readonly id: string
  readonly value: unknown
}

function styleProperties(style: JsonObject, context: MigrationContext): Property[] {
  const type = textOf(style['type'])
  if (type === 'hidden') return [{ id: 'custom.hidden', value: true }]
  const out: Property[] = []
  const add = (id: string, value: unknown): void => {
    if (value !== undefined && value !== '') out.push({ id, value })
  }
  add('displayName', textOf(style['alias']))
  if (type === 'date') add('unit', `time:${textOf(style['dateFormat']) ?? 'YYYY-MM-DD HH:mm:ss'}`)
  if (type === 'number') {
    add('unit', textOf(style['unit']))
    add('decimals', numberOf(style['decimals']))
  }
  if (style['link'] === true) add('links', [linkOf(style)])
  add('custom.cellOptions', colorCell(textOf(style['colorMode'])))
  const align = textOf(style['align'])
  if (align !== undefined && align !== 'auto') add('custom.align', align)
  add('thresholds', stepsOf(style, context.schemaVersion))
  const mappings = mappingsOf(style)
  if (mappings.length > 0) add('mappings', mappings)
  return out
}

function linkOf(style: JsonObject): JsonObject {
  const cells = (text: string): string =>
    newerNames(text)
      .replaceAll(/\$\{__cell_(\d+)(?::\w+)?\}|\$__cell_(\d+)/g, (_all, a, b) => {
        return `\${__data.fields[${a ?? b}]}`
      })
      .replaceAll(/\$\{__cell(?::\w+)?\}|\$__cell\b/g, () => '${__value.text}')
  return {
    title: cells(textOf(style['linkTooltip']) ?? ''),
    url: cells(textOf(style['linkUrl']) ?? ''),
    targetBlank: style['linkTargetBlank'] === true,
  }
}

function colorCell(colorMode: string | undefined): JsonObject | undefined {
  switch (colorMode) {
    case 'cell':
      return { type: 'color-background', mode: 'basic' }
    case 'row':
      return { type: 'color-background', mode: 'basic', applyToRow: true }
    case 'value':
      return { type: 'color-text' }
    default:
      return undefined
  }
}

function stepsOf(style: JsonObject, schemaVersion: number): JsonObject | undefined {
  const levels = listOf(style['thresholds']).map(numberOf)
  const colors = listOf(style['colors']).map(textOf)
  if (schemaVersion < 10 && levels.length >= 3) levels.shift()
  if (levels.length === 0 || textOf(style['colorMode']) === undefined) return undefined
  const steps = [undefined, ...levels].flatMap((level, index) => {
    if (index > 0 && level === undefined) return []
    return [{ value: index === 0 ? null : level, color: colors[index] ?? 'red' }]
  })
  return { mode: 'absolute', steps }
}

function mappingsOf(style: JsonObject): JsonObject[] {
  const type = numberOf(style['mappingType'])
  const old = type === 2 ? style['rangeMaps'] : type === 1 ? style['valueMaps'] : []
  const typed = objectsOf(old).map(({ value, from, to, text }) => ({ type, value, from, to, text }))
  return migrateMappings(typed, undefined)
}
