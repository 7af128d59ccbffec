import type { YamlMap } from '../../../yaml/map.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import { readGoDurationMs, warnUnknown } from './settings.ts'

const COUNTER_ACTIONS = ['inc', 'add'] as const
const GAUGE_ACTIONS = ['set', 'inc', 'dec', 'add', 'sub'] as const

/** Promtail forgets a metric of a stream that was not touched for so long. */
const DEFAULT_IDLE_MS = 5 * 60_000

/** prometheus.DefBuckets */
const DEFAULT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export type MetricKind =
  | {
      readonly type: 'counter'
      readonly action: 'inc' | 'add'
      /** Every line counts, whatever was extracted. */
      readonly matchesAll: boolean
      /** With `matchesAll`: bytes of lines are counted instead of lines. */
      readonly countsBytes: boolean
    }
  | { readonly type: 'gauge'; readonly action: (typeof GAUGE_ACTIONS)[number] }
  | { readonly type: 'histogram'; readonly bounds: readonly number[] }

/** One metric of a `metrics` stage. */
export interface MetricSettings {
  readonly name: string
  readonly help: string
  /** The extracted value that is counted or measured. */
  readonly source: string
  readonly maxIdleMs: number
  /** Only this text of the value counts. */
  readonly value: string | undefined
  readonly kind: MetricKind
}

/** What stands behind the name of a metric. */
export function readMetric(node: YamlNode): MetricSettings | undefined {
  const map = node.asMap()
  if (map === undefined) {
    return node.isEmpty ? node.error('needs at least type and config') : undefined
  }
  warnUnknown(map, ['type', 'description', 'source', 'prefix', 'max_idle_duration', 'config'])
  const prefix = map.key('prefix').asString() ?? ''
  const name = (prefix === '' ? 'promtail_custom_' : prefix) + node.name
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) {
    node.errorAtKey(`${name} is no name of a metric: letters, digits, _ and : are allowed`)
  }
  const idle = map.key('max_idle_duration')
  const maxIdleMs = readGoDurationMs(idle) ?? DEFAULT_IDLE_MS
  if (maxIdleMs < 1000) idle.error('must be at least 1s')
  const config = map.key('config')
  const kind = readKind(map, config)
  if (kind === undefined) return undefined
  return {
    name,
    help: map.key('description').asString() ?? '',
    source: map.key('source').asString() ?? node.name,
    maxIdleMs,
    value: config.asMap()?.key('value').asString(),
    kind,
  }
}

function readKind(map: YamlMap, config: YamlNode): MetricKind | undefined {
  const type = map.key('type')
  const word = type.asString()?.toLowerCase()
  const settings = config.asMap()
  switch (word) {
    case 'counter':
      return readCounter(config, settings)
    case 'gauge':
      return readGauge(config, settings)
    case 'histogram':
      return { type: word, bounds: settings === undefined ? DEFAULT_BUCKETS : readBounds(settings) }
    case undefined:
      return map.node.errorAtKey('type must be set: counter, gauge or histogram')
    default:
      return type.error(`must be one of counter, gauge, histogram, not ${JSON.stringify(word)}`)
  }
}

function readAction<T extends string>(
  config: YamlNode,
  map: YamlMap | undefined,
  actions: readonly T[],
): T | undefined {
  const node = map?.key('action')
  const word = node?.asString()?.toLowerCase()
  if (node === undefined || word === undefined || word === '') {
    return config.errorAtKey(`needs an action: ${actions.join(', ')}`)
  }
  const found = actions.find((action) => action === word)
  if (found !== undefined) return found
  return node.error(`must be one of ${actions.join(', ')}, not ${JSON.stringify(word)}`)
}

function readCounter(config: YamlNode, map: YamlMap | undefined): MetricKind | undefined {
  if (map !== undefined) warnUnknown(map, ['match_all', 'count_entry_bytes', 'value', 'action'])
  const action = readAction(config, map, COUNTER_ACTIONS)
  if (map === undefined || action === undefined) return undefined
  const matchesAll = map.key('match_all').asBool() ?? false
  const bytes = map.key('count_entry_bytes')
  const countsBytes = bytes.asBool() ?? false
  if (matchesAll && !map.key('value').isEmpty) {
    map.key('value').errorAtKey('excludes match_all: true')
  }
  if (countsBytes && !matchesAll) bytes.errorAtKey('needs match_all: true beside it')
  if (countsBytes && action !== 'add') bytes.errorAtKey('needs action: add')
  return { type: 'counter', action, matchesAll, countsBytes }
}

function readGauge(config: YamlNode, map: YamlMap | undefined): MetricKind | undefined {
  if (map !== undefined) warnUnknown(map, ['value', 'action'])
  const action = readAction(config, map, GAUGE_ACTIONS)
  return action && { type: 'gauge', action }
}

function readBounds(map: YamlMap): readonly number[] {
  warnUnknown(map, ['value', 'buckets'])
  const buckets = map.key('buckets')
  const bounds = (buckets.asList() ?? []).flatMap((item) => item.asNumber() ?? [])
  const isAscending = bounds.every((bound, at) => at === 0 || bound > (bounds[at - 1] ?? 0))
  if (!isAscending) buckets.error('must ascend')
  return bounds.length === 0 ? DEFAULT_BUCKETS : bounds.filter((bound) => bound !== Infinity)
}
