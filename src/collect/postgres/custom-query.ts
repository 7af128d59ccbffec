import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import type { Column, QueryShape } from './query-shape.ts'
import { parseVersionRange, type VersionRange } from './version-range.ts'

/** A query of a file for postgres_exporter's `--extend.query-path`. */
export interface CustomQuery {
  /** The key in the file: what its families begin with. */
  readonly namespace: string
  readonly sql: string
  readonly shape: QueryShape
  /** Asked once for the server, in the database of its connection string, and not in each that is discovered. */
  readonly isMaster: boolean
  /** How long an answer is used again; 0 never. */
  readonly cacheMs: number
  /** Versions of the server that it is for; absent: all. */
  readonly versions: VersionRange | undefined
}

const USAGES = [
  'DISCARD',
  'LABEL',
  'COUNTER',
  'GAUGE',
  'HISTOGRAM',
  'MAPPEDMETRIC',
  'DURATION',
] as const

type Usage = (typeof USAGES)[number]

/**
 * Reads a file of queries: `NAMESPACE: {query, metrics: [{COLUMN: {usage, description, metric_mapping}}], master, cache_seconds,
 * runonserver}`. The prefix replaces `pg` at the beginning of a namespace. Faults are reported at their places.
 */
export function readCustomQueries(root: YamlNode, prefix: string): CustomQuery[] {
  return (root.asMap()?.entries() ?? []).flatMap((node) => {
    const map = node.asMap()
    return map === undefined ? [] : readOne(node, map, prefix)
  })
}

function readOne(node: YamlNode, map: YamlMap, prefix: string): CustomQuery[] {
  const query = map.key('query')
  const sql = query.asRawString()
  if (sql === undefined) query.errorAtKey('must be set: the SQL of this query')
  const namespace = node.name.replace('pg', prefix)
  const range = map.key('runonserver')
  const text = range.asString()
  const versions = text === undefined || text === '' ? undefined : parseVersionRange(text)
  if (text !== undefined && text !== '' && versions === undefined)
    range.error('must be a range of versions such as ">=10.0.0 <13.0.0", or several with ||')
  const read: Omit<CustomQuery, 'sql'> = {
    namespace,
    shape: {
      prefix: namespace,
      columns: readColumns(map.key('metrics')),
      isOpen: true,
      keepsNulls: true,
    },
    isMaster: map.key('master').asBool() ?? false,
    cacheMs: (map.key('cache_seconds').asInteger({ min: 0 }) ?? 0) * 1000,
    versions,
  }
  for (const name of map.unread)
    map.key(name).warnAtKey('is not known to postgres_exporter and has no meaning')
  return sql === undefined ? [] : [{ ...read, sql }]
}

function readColumns(node: YamlNode): ReadonlyMap<string, Column> {
  const columns = new Map<string, Column>()
  for (const item of node.asList() ?? []) {
    for (const column of item.asMap()?.entries() ?? []) {
      const read = readColumn(column)
      if (read !== undefined) columns.set(column.name, read)
    }
  }
  return columns
}

function readColumn(node: YamlNode): Column | undefined {
  const map = node.asMap()
  if (map === undefined) return undefined
  const usage = map.key('usage').asOneOf(USAGES)
  if (!map.has('usage')) map.key('usage').errorAtKey(`must be one of ${USAGES.join(', ')}`)
  const help = map.key('description').asRawString() ?? ''
  const mapping = readMapping(map.key('metric_mapping'))
  for (const name of map.unread)
    map.key(name).warnAtKey('is not known to postgres_exporter and has no meaning')
  return usage === undefined ? undefined : columnOf(usage, help, mapping)
}

function columnOf(usage: Usage, help: string, mapping: ReadonlyMap<string, number>): Column {
  switch (usage) {
    case 'DISCARD':
      return { use: 'discard' }
    case 'LABEL':
      return { use: 'label' }
    case 'COUNTER':
      return { use: 'value', type: 'counter', help }
    case 'GAUGE':
      return { use: 'value', type: 'gauge', help }
    case 'HISTOGRAM':
      return { use: 'histogram', help }
    case 'DURATION':
      return { use: 'duration', help }
    case 'MAPPEDMETRIC':
      return { use: 'mapped', help, mapping }
    default:
      return usage satisfies never
  }
}

function readMapping(node: YamlNode): ReadonlyMap<string, number> {
  const mapping = new Map<string, number>()
  for (const entry of node.asMap()?.entries() ?? []) {
    const value = entry.asNumber()
    if (value !== undefined) mapping.set(entry.name, value)
  }
  return mapping
}
