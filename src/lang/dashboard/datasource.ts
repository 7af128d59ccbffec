import { filledText, isObject, objectsOf, textOf, type JsonObject } from './json-value.ts'
import type { DatasourceRef } from './model.ts'

/** A source that panels may query. */
export interface Datasource {
  readonly uid: string
  readonly name: string
  /** Grafana's plugin id: `prometheus`, `loki`, `tempo`, `alertmanager`, … */
  readonly type: string
  readonly isDefault?: boolean
  /** Undefined or empty: Vedette itself. */
  readonly url?: string
  /** Of a source of traces: the source whose metrics hold the service graph. */
  readonly serviceMapUid?: string
  /** Where the labels of exemplars lead. */
  readonly traceLinks?: readonly TraceLink[]
}

/** One of Grafana's `exemplarTraceIdDestinations`. */
export interface TraceLink {
  /** The label that holds the id of a trace. */
  readonly label: string
  readonly title: string
  /** With `${__value.raw}` in place of the id; undefined when the trace is in a source of traces. */
  readonly url?: string
}

/** What Vedette is by itself. */
export const builtInDatasources: readonly Datasource[] = [
  { uid: 'prometheus', name: 'Prometheus', type: 'prometheus', isDefault: true },
  { uid: 'loki', name: 'Loki', type: 'loki' },
  { uid: 'tempo', name: 'Tempo', type: 'tempo' },
  { uid: 'alertmanager', name: 'Alertmanager', type: 'alertmanager' },
]

/** The trace links in a source's `jsonData`, in Grafana's words. */
export function readTraceLinks(jsonData: JsonObject): TraceLink[] {
  return objectsOf(jsonData['exemplarTraceIdDestinations']).flatMap((one) => {
    const [label, url] = [filledText(one['name']), filledText(one['url'])]
    if (label === undefined) return []
    const title =
      filledText(one['urlDisplayLabel']) ?? (url === undefined ? 'Trace' : `Go to ${url}`)
    return [{ label, title, ...(url === undefined ? {} : { url }) }]
  })
}

/** The names that Grafana gives to sources that are none: several at once, another panel, Grafana itself, expressions. */
const MIXED_UID = '-- Mixed --'
export const DASHBOARD_UID = '-- Dashboard --'
const GRAFANA_UID = 'grafana'
export const EXPRESSION_UID = '__expr__'

/**
 * The reference that a panel, query, variable or annotation means: an object of the newer form, or a name of the older.
 * Undefined stands for the default source.
 */
export function readDatasource(
  value: unknown,
  datasources: readonly Datasource[],
): DatasourceRef | undefined {
  if (isObject(value)) {
    const type = textOf(value['type'])
    const uid = textOf(value['uid'])
    if (type === undefined && uid === undefined) return undefined
    return { ...(type === undefined ? {} : { type }), ...(uid === undefined ? {} : { uid }) }
  }
  if (typeof value !== 'string' || value === '' || value === 'default') return undefined
  if (value === MIXED_UID || value === DASHBOARD_UID) return { type: 'datasource', uid: value }
  if (value === '-- Grafana --') return { type: 'grafana', uid: GRAFANA_UID }
  const known = datasources.find((one) => one.uid === value || one.name === value)
  return known ? { type: known.type, uid: known.uid } : { uid: value }
}

/** The source of a plugin type: the default one when it is of that type, else the first. */
export function datasourceOfType(
  type: string,
  datasources: readonly Datasource[],
): Datasource | undefined {
  const fitting = datasources.filter((one) => one.type === type)
  return fitting.find((one) => one.isDefault) ?? fitting[0]
}

/**
 * The source a reference means once its variables are filled in. A dashboard that comes from elsewhere names sources that do
 * not exist here: one of a known type then means ours of that type, one without a type the default. Undefined when there is
 * no source of its type.
 */
export function resolveDatasource(
  ref: DatasourceRef | undefined,
  datasources: readonly Datasource[],
): Datasource | undefined {
  const fallback = datasources.find((one) => one.isDefault) ?? datasources[0]
  if (!ref) return fallback
  const named = datasources.find((one) => one.uid === ref.uid)
  if (named && (ref.type === undefined || ref.type === named.type)) return named
  const byName = datasources.find((one) => one.name === ref.uid)
  if (byName && (ref.type === undefined || ref.type === byName.type)) return byName
  if (ref.type !== undefined) return datasourceOfType(ref.type, datasources)
  const alike = datasources.find((one) => ref.uid?.toLowerCase().includes(one.type) ?? false)
  return alike ?? fallback
}
