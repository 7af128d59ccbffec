import { readGoDuration } from '../../yaml/go-duration.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import {
  COLLECTOR_EXEMPLARS,
  COLLECTOR_GENERATOR,
  COLLECTOR_NAMESPACE,
  COLLECTOR_SERVICE_GRAPH,
  COLLECTOR_SPAN_METRICS,
  collectorNames,
} from './collector-form.ts'
import { attributeLabel } from './label-name.ts'
import { readBuckets } from './read-buckets.ts'
import { readPositiveDurationMs } from './read-positive-duration.ts'
import type { Dimension, SpanGeneratorSettings, SpanMetricsSettings } from './settings.ts'

const MS_PER_UNIT = { s: 1000, ms: 1 } as const
/** The connector's own names of what each span has. */
const INTRINSIC_NAMES: Readonly<Record<string, string>> = {
  service: 'service.name',
  name: 'span.name',
  kind: 'span.kind',
  status: 'status.code',
}
/** Of `spanmetrics`: sizes of caches, which are not needed here. */
const SPAN_METRICS_WITHOUT_NEED = [
  ...['dimensions_cache_size', 'resource_metrics_cache_size', 'delta_temporality'],
  ...['metric_timestamp_cache_size'],
]
const SPAN_METRICS_WITHOUT_EFFECT = [
  ...['resource_metrics_key_attributes', 'include_instrumentation_scope', 'calls_dimensions'],
  ...['resources', 'add_resource_attributes'],
]
const MOST_ITEMS = 1_000_000

/**
 * Reads a `spanmetrics` connector of a collector's file; `node` is its settings, which may be empty, `name` is what the file calls it.
 */
export function readSpanMetricsConnector(node: YamlNode, name: string): SpanGeneratorSettings {
  const map = node.asMap()
  const settings = { ...COLLECTOR_GENERATOR, name, spanMetrics: COLLECTOR_SPAN_METRICS }
  if (map === undefined) return settings
  const histogram = readHistogram(map.key('histogram'))
  const namespace = map.key('namespace')
  const names = collectorNames(
    namespace.isPresent ? (namespace.asString() ?? '') : COLLECTOR_NAMESPACE,
    histogram.unit,
  )
  const dimensions = readDimensions(map.key('dimensions')) ?? []
  const excluded = map.key('exclude_dimensions').asStrings() ?? []
  const base = COLLECTOR_SPAN_METRICS
  const spanMetrics: SpanMetricsSettings = {
    ...base,
    callsName: names.calls,
    durationName: histogram.isOff ? undefined : names.duration,
    unit: histogram.unit,
    buckets: histogram.buckets ?? base.buckets.map((ms) => ms / MS_PER_UNIT[histogram.unit]),
    dimensions,
    intrinsics: base.intrinsics.filter(({ of }) => !excluded.includes(INTRINSIC_NAMES[of] ?? '')),
    exemplars: readSwitch(map.key('exemplars')) ? COLLECTOR_EXEMPLARS : undefined,
    events: readEvents(map.key('events'), names.events),
  }
  const flush = readPositiveDurationMs(map.key('metrics_flush_interval'))
  const expiration = readGoDuration(map.key('metrics_expiration')) ?? 0
  const limit = map.key('aggregation_cardinality_limit').asInteger({ min: 0 }) ?? 0
  refuseDelta(map)
  finishConnector(map, SPAN_METRICS_WITHOUT_NEED, SPAN_METRICS_WITHOUT_EFFECT)
  return {
    ...settings,
    spanMetrics,
    intervalMs: flush ?? settings.intervalMs,
    staleMs: expiration === 0 ? Number.POSITIVE_INFINITY : expiration,
    maxSeries: limit === 0 ? settings.maxSeries : limit,
  }
}

/** Reads a `servicegraph` connector of a collector's file. */
export function readServiceGraphConnector(node: YamlNode, name: string): SpanGeneratorSettings {
  const base = COLLECTOR_SERVICE_GRAPH
  const settings = { ...COLLECTOR_GENERATOR, name, serviceGraph: base }
  const map = node.asMap()
  if (map === undefined) return settings
  const store = map.key('store').asMap()
  const oldName = map.key('database_name_attribute').asString()
  const flush = map.key('metrics_flush_interval')
  const flushMs = readGoDuration(flush)
  const serviceGraph = {
    ...base,
    buckets:
      readBuckets(map.key('latency_histogram_buckets'), (item) => {
        const ms = readGoDuration(item)
        return ms === undefined ? undefined : ms / 1000
      }) ?? base.buckets,
    dimensions: map.key('dimensions').asStrings() ?? base.dimensions,
    waitMs: (store && readPositiveDurationMs(store.key('ttl'))) ?? base.waitMs,
    maxItems: store?.key('max_items').asInteger({ min: 1, max: MOST_ITEMS }) ?? base.maxItems,
    peerAttributes: map.key('virtual_node_peer_attributes').asStrings() ?? base.peerAttributes,
    hasVirtualNodeLabel: map.key('virtual_node_extra_label').asBool() ?? base.hasVirtualNodeLabel,
    databaseAttributes:
      map.key('database_name_attributes').asStrings() ??
      (oldName === undefined ? base.databaseAttributes : [oldName]),
  }
  store?.finish()
  const exponential = map.key('exponential_histogram_max_size')
  if ((exponential.asInteger() ?? 0) > 0)
    exponential.warn('only histograms with explicit buckets are made here')
  const withoutNeed = ['metrics_exporter', 'cache_loop', 'store_expiration_loop']
  finishConnector(map, withoutNeed, [])
  // 0 is at once with every batch: the shortest interval is what comes nearest.
  const intervalMs = flushMs === undefined ? settings.intervalMs : Math.max(1000, flushMs)
  return { ...settings, serviceGraph, intervalMs }
}

function finishConnector(
  map: YamlMap,
  withoutNeed: readonly string[],
  withoutEffect: readonly string[],
): void {
  for (const name of withoutNeed) map.key(name)
  for (const name of withoutEffect) {
    const key = map.key(name)
    if (key.isPresent) key.warnAtKey('has no effect here')
  }
  map.finish((allowed) => `${allowed.slice(0, 5).join(', ')}, …`)
}

function readHistogram(node: YamlNode): {
  readonly isOff: boolean
  readonly unit: 's' | 'ms'
  readonly buckets: readonly number[] | undefined
} {
  const map = node.asMap()
  if (map === undefined) return { isOff: false, unit: 'ms', buckets: undefined }
  const isOff = map.key('disable').asBool() ?? false
  const unit = map.key('unit').asOneOf(['ms', 's']) ?? 'ms'
  const explicit = map.key('explicit').asMap()
  const buckets =
    explicit &&
    readBuckets(explicit.key('buckets'), (item) => {
      const ms = readGoDuration(item)
      return ms === undefined ? undefined : ms / MS_PER_UNIT[unit]
    })
  explicit?.finish()
  const exponential = map.key('exponential')
  if (exponential.isPresent) {
    if (explicit !== undefined)
      exponential.errorAtKey('use either `explicit` or `exponential` buckets histogram')
    else exponential.warnAtKey('histograms with explicit buckets are made here in its place')
  }
  const dimensions = map.key('dimensions')
  if (dimensions.isPresent) dimensions.warnAtKey('has no effect here')
  map.finish()
  return { isOff, unit, buckets }
}

function readDimensions(node: YamlNode): readonly Dimension[] | undefined {
  const taken = new Set(Object.values(INTRINSIC_NAMES))
  return node.asList()?.flatMap((item): readonly Dimension[] => {
    const map = item.asMap()
    const name = map?.key('name').asString() ?? ''
    const fallback = map?.key('default').asString() ?? ''
    map?.finish()
    if (name === '') return item.error('name must be set') ?? []
    if (taken.has(name)) return item.error(`duplicate dimension name ${name}`) ?? []
    taken.add(name)
    return [{ label: attributeLabel(name), sources: [name], join: '', first: 'span', fallback }]
  })
}

function readSwitch(node: YamlNode): boolean {
  const map = node.asMap()
  const isOn = map?.key('enabled').asBool() ?? false
  // One a bucket and interval is kept, which is less than any bound.
  map?.key('max_per_data_point').asInteger()
  map?.finish()
  return isOn
}

function readEvents(node: YamlNode, name: string): SpanMetricsSettings['events'] {
  const map = node.asMap()
  if (map === undefined) return undefined
  const isOn = map.key('enabled').asBool() ?? false
  const dimensions = readDimensions(map.key('dimensions')) ?? []
  map.finish()
  if (!isOn) return undefined
  if (dimensions.length === 0) return node.error('dimensions must be set where events are enabled')
  return { name, dimensions }
}

function refuseDelta(map: YamlMap): void {
  const node = map.key('aggregation_temporality')
  const word = node.asOneOf(['AGGREGATION_TEMPORALITY_CUMULATIVE', 'AGGREGATION_TEMPORALITY_DELTA'])
  if (word === 'AGGREGATION_TEMPORALITY_DELTA')
    node.warn('counters are cumulative here: what is stored is asked for by PromQL')
}
