import { isObject, listOf, numberOf, objectOf, objectsOf, present, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import { convertLayout } from './convert-kinded-layout.ts'
import type { ReportDraft } from './report.ts'

/**
 * Whether this is a dashboard of Grafana's second schema (Grafana 12: `elements` and `layout`, each thing an object with
 * `kind` and `spec`).
 */
export function isKindedDashboard(raw: JsonObject): boolean {
  return isObject(raw['elements']) && isObject(raw['layout'])
}

/** A dashboard of the second schema in the classic one. What has no counterpart is reported. */
export function convertKindedDashboard(raw: JsonObject, draft: ReportDraft): JsonObject {
  const time = objectOf(raw['timeSettings'])
  const cursorSync = textOf(raw['cursorSync'])
  const elements = objectOf(raw['elements'])
  const panels = convertLayout(raw['layout'], (name) => convertElement(elements[name]), draft)
  return present({
    uid: textOf(raw['uid']),
    title: textOf(raw['title']),
    description: textOf(raw['description']),
    tags: listOf(raw['tags']),
    editable: raw['editable'],
    links: listOf(raw['links']),
    graphTooltip: cursorSync === 'Crosshair' ? 1 : cursorSync === 'Tooltip' ? 2 : 0,
    time: { from: textOf(time['from']) ?? 'now-6h', to: textOf(time['to']) ?? 'now' },
    timezone: textOf(time['timezone']) ?? '',
    refresh: textOf(time['autoRefresh']) ?? '',
    timepicker: present({
      refresh_intervals: time['autoRefreshIntervals'],
      hidden: time['hideTimepicker'],
      nowDelay: time['nowDelay'],
    }),
    weekStart: time['weekStart'],
    fiscalYearStartMonth: time['fiscalYearStartMonth'],
    schemaVersion: 42,
    panels,
    templating: { list: objectsOf(raw['variables']).map(convertVariable) },
    annotations: { list: objectsOf(raw['annotations']).map(convertAnnotation) },
  })
}

/** A query's source: its plugin is the kind (2alpha1) or the group (2beta1) of the query, its name the uid. */
function datasourceOf(query: JsonObject, beside: unknown): JsonObject | undefined {
  const named = objectOf(beside)
  const uid = textOf(named['uid']) ?? textOf(objectOf(query['datasource'])['name'])
  const kind = textOf(query['kind'])
  const type =
    textOf(named['type']) ?? textOf(query['group']) ?? (kind === 'DataQuery' ? undefined : kind)
  return uid === undefined && type === undefined ? undefined : present({ uid, type })
}

function convertElement(element: unknown): JsonObject | undefined {
  if (!isObject(element)) return undefined
  const spec = objectOf(element['spec'])
  const common = { id: spec['id'], title: textOf(spec['title']) ?? '' }
  if (element['kind'] === 'LibraryPanel') {
    return { ...common, type: '', libraryPanel: spec['libraryPanel'] }
  }
  const viz = objectOf(spec['vizConfig'])
  const vizSpec = objectOf(viz['spec'])
  const group = objectOf(objectOf(spec['data'])['spec'])
  const queryOptions = objectOf(group['queryOptions'])
  const targets = objectsOf(group['queries']).map((one) => convertQuery(objectOf(one['spec'])))
  const first = targets[0]?.['datasource']
  return present({
    ...common,
    ...queryOptions,
    type: textOf(viz['group']) ?? textOf(viz['kind']) ?? '',
    description: spec['description'],
    links: spec['links'],
    transparent: spec['transparent'],
    pluginVersion: textOf(viz['version']) ?? textOf(vizSpec['pluginVersion']),
    options: vizSpec['options'],
    fieldConfig: vizSpec['fieldConfig'],
    datasource: first,
    targets,
    transformations: objectsOf(group['transformations']).map((one) => {
      const own = objectOf(one['spec'])
      return present({ ...own, id: textOf(one['group']) ?? textOf(own['id']) ?? one['kind'] })
    }),
  })
}

function convertQuery(spec: JsonObject): JsonObject {
  const query = objectOf(spec['query'])
  return present({
    ...objectOf(query['spec']),
    refId: spec['refId'],
    hide: spec['hidden'] === true ? true : undefined,
    datasource: datasourceOf(query, spec['datasource']),
  })
}

const HIDE: Readonly<Record<string, number>> = {
  dontHide: 0,
  hideLabel: 1,
  hideVariable: 2,
  inControlsMenu: 3,
}
const REFRESH: Readonly<Record<string, number>> = {
  never: 0,
  onDashboardLoad: 1,
  onTimeRangeChanged: 2,
}
const SORT = [
  ...['disabled', 'alphabeticalAsc', 'alphabeticalDesc', 'numericalAsc', 'numericalDesc'],
  ...['alphabeticalCaseInsensitiveAsc', 'alphabeticalCaseInsensitiveDesc', 'naturalAsc'],
  'naturalDesc',
]

function convertVariable(variable: JsonObject): JsonObject {
  const spec = objectOf(variable['spec'])
  const kind = textOf(variable['kind']) ?? ''
  const type = kind.replace(/Variable$/, '').toLowerCase()
  const common = { ...spec, type: type === 'text' ? 'textbox' : type }
  const hide = HIDE[textOf(spec['hide']) ?? ''] ?? 0
  const refresh = REFRESH[textOf(spec['refresh']) ?? ''] ?? numberOf(spec['refresh'])
  switch (type) {
    case 'query': {
      const query = objectOf(spec['query'])
      return present({
        ...common,
        hide,
        refresh: refresh ?? 1,
        sort: Math.max(0, SORT.indexOf(textOf(spec['sort']) ?? 'disabled')),
        datasource: datasourceOf(query, spec['datasource']),
        query: objectOf(query['spec'])['__legacyStringValue'] ?? query['spec'],
      })
    }
    case 'datasource':
      return present({ ...common, hide, query: spec['pluginId'], refresh: refresh ?? 1 })
    case 'adhoc':
      return present({ ...common, hide, datasource: datasourceOf(variable, spec['datasource']) })
    default:
      return present({ ...common, hide })
  }
}

function convertAnnotation(annotation: JsonObject): JsonObject {
  const { query, builtIn, legacyOptions, datasource, ...spec } = objectOf(annotation['spec'])
  const inner = objectOf(query)
  return present({
    ...objectOf(legacyOptions),
    ...objectOf(inner['spec']),
    ...spec,
    builtIn: builtIn === true ? 1 : undefined,
    datasource: datasourceOf(inner, datasource),
  })
}
