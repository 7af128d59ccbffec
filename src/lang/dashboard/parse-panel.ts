import {
  filledText,
  flagOf,
  isObject,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
  without,
} from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import type {
  FieldConfig,
  FieldOverride,
  GridPos,
  Panel,
  PanelLink,
  Target,
  Transformation,
} from './model.ts'
import { optional, parseRef } from './parse-parts.ts'

const PANEL_KEYS = new Set([
  ...['id', 'type', 'title', 'description', 'gridPos', 'transparent', 'datasource', 'targets'],
  ...['options', 'fieldConfig', 'transformations', 'links', 'repeat', 'repeatDirection'],
  ...['maxPerRow', 'interval', 'maxDataPoints', 'timeFrom', 'timeShift', 'hideTimeOverride'],
  ...['libraryPanel', 'pluginVersion', 'collapsed', 'panels'],
])

const COLUMNS = 24
/** A panel below this line is a mistake of the file: nobody scrolls ten thousand cells. */
const LOWEST = 100_000

/** One migrated panel as the model, with the panels of a row. */
export function parsePanel(raw: JsonObject): Panel {
  const library = objectOf(raw['libraryPanel'])
  const isRow = raw['type'] === 'row'
  const children = objectsOf(raw['panels']).map(parsePanel)
  return {
    id: numberOf(raw['id']) ?? 0,
    type: textOf(raw['type']) ?? '',
    title: textOf(raw['title']) ?? '',
    ...optional('description', textOf(raw['description'])),
    gridPos: parseGridPos(raw['gridPos'], isRow),
    transparent: flagOf(raw['transparent']) ?? false,
    ...optional('datasource', parseRef(raw['datasource'])),
    targets: objectsOf(raw['targets']).map(parseTarget),
    options: objectOf(raw['options']),
    fieldConfig: parseFieldConfig(raw['fieldConfig']),
    transformations: objectsOf(raw['transformations']).flatMap(parseTransformation),
    links: objectsOf(raw['links']).map(parsePanelLink),
    ...optional('repeat', filledText(raw['repeat'])),
    repeatDirection: raw['repeatDirection'] === 'v' ? 'v' : 'h',
    ...optional('maxPerRow', numberOf(raw['maxPerRow'])),
    ...optional('interval', filledText(raw['interval'])),
    ...optional('maxDataPoints', numberOf(raw['maxDataPoints'])),
    ...optional('timeFrom', filledText(raw['timeFrom'])),
    ...optional('timeShift', filledText(raw['timeShift'])),
    hideTimeOverride: flagOf(raw['hideTimeOverride']) ?? false,
    ...(isObject(raw['libraryPanel'])
      ? { libraryPanel: { uid: textOf(library['uid']) ?? '', name: textOf(library['name']) ?? '' } }
      : {}),
    ...optional('pluginVersion', textOf(raw['pluginVersion'])),
    ...(isRow ? { collapsed: flagOf(raw['collapsed']) ?? false, panels: children } : {}),
    rest: without(raw, PANEL_KEYS),
  }
}

/** A place on the grid, brought within it: a panel without one takes the default of 12 by 8. */
function parseGridPos(value: unknown, isRow: boolean): GridPos {
  const raw = objectOf(value)
  const whole = (key: string, least: number, most: number, fallback: number): number =>
    Math.min(most, Math.max(least, Math.round(numberOf(raw[key]) ?? fallback)))
  const w = isRow ? COLUMNS : whole('w', 1, COLUMNS, 12)
  const x = isRow ? 0 : whole('x', 0, COLUMNS - w, 0)
  const h = isRow ? 1 : whole('h', 1, 500, 8)
  return { x, y: whole('y', 0, LOWEST, 0), w, h }
}

function parseTarget(raw: JsonObject): Target {
  const { refId, hide, datasource, ...query } = raw
  return {
    refId: textOf(refId) ?? '',
    hide: flagOf(hide) ?? false,
    ...optional('datasource', parseRef(datasource)),
    query,
  }
}

function parseFieldConfig(value: unknown): FieldConfig {
  const raw = objectOf(value)
  return {
    defaults: objectOf(raw['defaults']),
    overrides: objectsOf(raw['overrides']).map((rule) => {
      const matcher = objectOf(rule['matcher'])
      return {
        matcher: { id: textOf(matcher['id']) ?? '', ...optional('options', matcher['options']) },
        properties: objectsOf(rule['properties']).map(parseProperty),
        rest: without(rule, new Set(['matcher', 'properties'])),
      }
    }),
  }
}

function parseProperty(raw: JsonObject): FieldOverride['properties'][number] {
  return { id: textOf(raw['id']) ?? '', ...optional('value', raw['value']) }
}

function parseTransformation(raw: JsonObject): Transformation[] {
  const { id, options, disabled, ...rest } = raw
  const name = textOf(id)
  if (name === undefined) return []
  return [{ id: name, options: objectOf(options), disabled: disabled === true, rest }]
}

function parsePanelLink(raw: JsonObject): PanelLink {
  const { title, url, targetBlank, ...rest } = raw
  return {
    title: textOf(title) ?? '',
    url: textOf(url) ?? '',
    targetBlank: targetBlank === true,
    rest,
  }
}
