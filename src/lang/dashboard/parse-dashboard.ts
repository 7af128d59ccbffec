import { Problem } from '../../model/problem.ts'
import {
  filledText,
  flagOf,
  isObject,
  listOf,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
  without,
} from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import type { AnnotationQuery, Dashboard, DashboardLink } from './model.ts'
import { optional, parseRef, textList } from './parse-parts.ts'
import { parsePanel } from './parse-panel.ts'
import { parseVariable } from './parse-variable.ts'

const DASHBOARD_KEYS = new Set([
  ...['uid', 'id', 'title', 'description', 'tags', 'timezone', 'time', 'refresh', 'timepicker'],
  ...['graphTooltip', 'editable', 'links', 'annotations', 'templating', 'panels', 'schemaVersion'],
])

/** More would take a browser minutes to lay out; the largest dashboards met have some 300. */
const MOST_PANELS = 5000

/** A migrated dashboard as the model. */
export function parseDashboard(raw: JsonObject): Dashboard {
  const panels = objectsOf(raw['panels'])
  const count = panels.reduce((sum, panel) => sum + 1 + listOf(panel['panels']).length, 0)
  if (count > MOST_PANELS) {
    throw new Problem('limit', `the dashboard has ${count} panels; at most ${MOST_PANELS} are read`)
  }
  const time = objectOf(raw['time'])
  const tooltip = numberOf(raw['graphTooltip'])
  return {
    ...optional('uid', filledText(raw['uid'])),
    title: textOf(raw['title']) ?? '',
    ...optional('description', textOf(raw['description'])),
    tags: textList(raw['tags']),
    timezone: textOf(raw['timezone']) ?? '',
    time: { from: textOf(time['from']) ?? 'now-6h', to: textOf(time['to']) ?? 'now' },
    refresh: textOf(raw['refresh']) ?? '',
    timepicker: objectOf(raw['timepicker']),
    graphTooltip: tooltip === 1 || tooltip === 2 ? tooltip : 0,
    editable: flagOf(raw['editable']) ?? true,
    links: objectsOf(raw['links']).map(parseLink),
    annotations: objectsOf(objectOf(raw['annotations'])['list']).map(parseAnnotation),
    variables: objectsOf(objectOf(raw['templating'])['list']).flatMap((one) => parseVariable(one)),
    panels: panels.map(parsePanel),
    rest: without(raw, DASHBOARD_KEYS),
  }
}

const LINK_KEYS = new Set([
  ...['type', 'title', 'url', 'icon', 'tooltip', 'tags', 'asDropdown', 'includeVars', 'keepTime'],
  'targetBlank',
])

function parseLink(raw: JsonObject): DashboardLink {
  return {
    type: raw['type'] === 'dashboards' ? 'dashboards' : 'link',
    title: textOf(raw['title']) ?? '',
    url: textOf(raw['url']) ?? '',
    icon: textOf(raw['icon']) ?? '',
    tooltip: textOf(raw['tooltip']) ?? '',
    tags: textList(raw['tags']),
    asDropdown: flagOf(raw['asDropdown']) ?? false,
    includeVars: flagOf(raw['includeVars']) ?? false,
    keepTime: flagOf(raw['keepTime']) ?? false,
    targetBlank: flagOf(raw['targetBlank']) ?? false,
    rest: without(raw, LINK_KEYS),
  }
}

const ANNOTATION_KEYS = new Set([
  ...['name', 'enable', 'hide', 'iconColor', 'datasource', 'builtIn', 'filter'],
])
const ANNOTATION_QUERY_KEYS = new Set([
  ...['expr', 'step', 'titleFormat', 'textFormat', 'tagKeys', 'useValueForTime', 'target', 'type'],
  ...['tags', 'limit', 'matchAny', 'instant'],
])

function parseAnnotation(raw: JsonObject): AnnotationQuery {
  const entries = Object.entries(raw)
  const query = Object.fromEntries(entries.filter(([key]) => ANNOTATION_QUERY_KEYS.has(key)))
  const filter = objectOf(raw['filter'])
  const ids = listOf(filter['ids'])
    .map(numberOf)
    .filter((id) => id !== undefined)
  return {
    name: textOf(raw['name']) ?? '',
    enable: flagOf(raw['enable']) ?? true,
    hide: flagOf(raw['hide']) ?? false,
    iconColor: textOf(raw['iconColor']) ?? 'rgba(0, 211, 255, 1)',
    ...optional('datasource', parseRef(raw['datasource'])),
    builtIn: raw['builtIn'] === 1 || raw['builtIn'] === true,
    query,
    ...(isObject(raw['filter']) ? { filter: { exclude: filter['exclude'] === true, ids } } : {}),
    rest: without(raw, new Set([...ANNOTATION_KEYS, ...ANNOTATION_QUERY_KEYS])),
  }
}
