import { readGoDuration } from '../../yaml/go-duration.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readPositiveDurationMs } from './read-positive-duration.ts'
import type {
  ServiceGraphSettings,
  SpanGeneratorSettings,
  SpanMetricsSettings,
} from './settings.ts'
import { TEMPO_GENERATOR, TEMPO_SERVICE_GRAPH, TEMPO_SPAN_METRICS } from './tempo-form.ts'
import { readServiceGraph, readSpanMetrics } from './tempo-processors-section.ts'

const PROCESSORS = [
  ...['span-metrics', 'span-metrics-count', 'span-metrics-latency', 'span-metrics-size'],
  ...['service-graphs', 'service-graphs-request', 'service-graphs-latency'],
  ...['service-graphs-connection-info', 'host-info', 'local-blocks'],
]
/** Names that mean nothing that is made here. */
const NOT_MADE = new Set(['host-info', 'service-graphs-connection-info'])

/** Of `metrics_generator`: what is about running several of them. */
const WITHOUT_NEED = [
  ...['ring', 'traces_storage', 'override_ring_key', 'ring_mode', 'codec', 'limiter_type'],
  ...['ingest_concurrency', 'instance_id', 'leave_consumer_group_on_shutdown'],
  ...['skip_stale_backlog_on_startup', 'query_timeout', 'storage'],
]
const OVERRIDES_WITHOUT_EFFECT = [
  ...['ring_size', 'max_active_entities', 'remote_write_headers', 'forwarder'],
  ...['native_histogram_bucket_factor', 'native_histogram_max_bucket_number'],
  ...['native_histogram_min_reset_duration', 'span_name_sanitization', 'max_cardinality_per_label'],
]

/** The nodes of a Tempo file that say which metrics are made of spans. */
export interface TempoGeneratorNodes {
  /** `metrics_generator` */
  readonly generator: YamlNode | undefined
  /** `overrides.defaults.metrics_generator`; whoever has `overrides` reads the rest of it. */
  readonly overrides: YamlNode | undefined
  /** `overrides` itself, for the flat keys `metrics_generator_…` of older files. */
  readonly flat: YamlMap | undefined
}

/**
 * Reads what a Tempo file says of metrics made of spans: `metrics_generator`, and over it the overrides. Undefined: it switches them off;
 * `'unsaid'`: it has neither section. Without a list of processors both are made, other than in Tempo, where none is.
 */
export function readTempoGenerator({
  generator,
  overrides,
  flat,
}: TempoGeneratorNodes): SpanGeneratorSettings | undefined | 'unsaid' {
  const isSaid =
    generator?.isPresent === true ||
    overrides?.isPresent === true ||
    flat?.unread.some((name) => name.startsWith('metrics_generator_')) === true
  if (!isSaid) return 'unsaid'
  const base = readGenerator(generator)
  const map = overrides?.asMap()
  const either = (name: string): YamlNode | undefined => {
    const own = map?.key(name)
    const old = flat?.key(`metrics_generator_${name}`)
    return own?.isPresent === true ? own : old
  }
  const processors = readProcessors(either('processors'))
  const processor = map?.key('processor').asMap()
  const spanMetrics = readSpanMetrics(processor?.key('span_metrics'), base.spanMetrics)
  const serviceGraph = readServiceGraph(processor?.key('service_graphs'), base.serviceGraph)
  warnNotMade(processor?.key('host_info'))
  processor?.finish()
  const traceId = either('trace_id_label_name')?.asString()
  const settings: SpanGeneratorSettings = {
    ...base.settings,
    maxSeries: either('max_active_series')?.asInteger({ min: 1 }) ?? base.settings.maxSeries,
    intervalMs: readInterval(either('collection_interval')) ?? base.settings.intervalMs,
    slackMs: readSlack(either('ingestion_time_range_slack')) ?? base.settings.slackMs,
    spanMetrics: withTraceId(pickSpanMetrics(spanMetrics, processors), traceId),
    serviceGraph: withTraceId(pickServiceGraph(serviceGraph, processors), traceId),
  }
  const isOff = either('disable_collection')?.asBool() === true
  warnOfNative(either('generate_native_histograms'))
  for (const name of OVERRIDES_WITHOUT_EFFECT) {
    const key = map?.key(name)
    if (key?.isPresent === true) key.warnAtKey('has no effect here')
  }
  map?.finish((allowed) => `${allowed.slice(0, 5).join(', ')}, …`)
  const isNothing = settings.spanMetrics === undefined && settings.serviceGraph === undefined
  return isOff || isNothing ? undefined : settings
}

interface GeneratorBase {
  readonly settings: SpanGeneratorSettings
  readonly spanMetrics: SpanMetricsSettings
  readonly serviceGraph: ServiceGraphSettings
}

function readGenerator(node: YamlNode | undefined): GeneratorBase {
  const map = node?.asMap()
  const processor = map?.key('processor').asMap()
  const spanMetrics = readSpanMetrics(processor?.key('span_metrics'), TEMPO_SPAN_METRICS)
  const serviceGraph = readServiceGraph(processor?.key('service_graphs'), TEMPO_SERVICE_GRAPH)
  warnNotMade(processor?.key('host_info'))
  const local = processor?.key('local_blocks')
  if (local?.isPresent === true) local.warnAtKey('has no effect here')
  processor?.finish()
  const registry = map?.key('registry').asMap()
  const d = TEMPO_GENERATOR
  const labels = registry?.key('external_labels').asMap()?.entries() ?? []
  const settings: SpanGeneratorSettings = {
    ...d,
    intervalMs: readInterval(registry?.key('collection_interval')) ?? d.intervalMs,
    staleMs: (registry && readPositiveDurationMs(registry.key('stale_duration'))) ?? d.staleMs,
    maxLabelLength:
      registry?.key('max_label_value_length').asInteger({ min: 1, max: 65_536 }) ??
      d.maxLabelLength,
    externalLabels: Object.fromEntries(
      labels.map((label) => [label.name, label.asString() ?? ''] as const),
    ),
    slackMs: readSlack(map?.key('metrics_ingestion_time_range_slack')) ?? d.slackMs,
  }
  registry?.key('max_label_name_length').asInteger()
  const tenant = registry?.key('inject_tenant_id_as')
  if (tenant?.isPresent === true) tenant.warnAtKey('there are no tenants here')
  registry?.finish()
  for (const name of WITHOUT_NEED) map?.key(name)
  map?.finish((allowed) => `${allowed.slice(0, 5).join(', ')}, …`)
  return { settings, spanMetrics, serviceGraph }
}

/** Undefined: the file has no such list. */
function readProcessors(node: YamlNode | undefined): ReadonlySet<string> | undefined {
  const items = node?.asList()
  if (items === undefined) return undefined
  const names = new Set<string>()
  for (const item of items) {
    const name = item.asOneOf(PROCESSORS)
    if (name === undefined) continue
    if (NOT_MADE.has(name)) item.warn(`${name} is not made here`)
    names.add(name)
  }
  return names
}

function pickSpanMetrics(
  settings: SpanMetricsSettings,
  processors: ReadonlySet<string> | undefined,
): SpanMetricsSettings | undefined {
  if (processors === undefined || processors.has('span-metrics')) return settings
  const { callsName, durationName, sizeName } = settings
  const ifNamed = (part: string, name: string | undefined): string | undefined =>
    processors.has(`span-metrics-${part}`) ? name : undefined
  const picked = {
    callsName: ifNamed('count', callsName),
    durationName: ifNamed('latency', durationName),
    sizeName: ifNamed('size', sizeName),
  }
  const isNothing = Object.values(picked).every((name) => name === undefined)
  return isNothing ? undefined : { ...settings, ...picked }
}

function pickServiceGraph(
  settings: ServiceGraphSettings,
  processors: ReadonlySet<string> | undefined,
): ServiceGraphSettings | undefined {
  if (processors === undefined || processors.has('service-graphs')) return settings
  const countsRequests = processors.has('service-graphs-request')
  const measuresDurations = processors.has('service-graphs-latency')
  if (!countsRequests && !measuresDurations) return undefined
  return { ...settings, countsRequests, measuresDurations }
}

function withTraceId<Settings extends { readonly exemplars: SpanMetricsSettings['exemplars'] }>(
  settings: Settings | undefined,
  traceId: string | undefined,
): Settings | undefined {
  if (settings === undefined || traceId === undefined || traceId === '') return settings
  return { ...settings, exemplars: { traceId, spanId: undefined } }
}

function readInterval(node: YamlNode | undefined): number | undefined {
  const value = node && readPositiveDurationMs(node)
  if (value !== undefined && (value < 1000 || value > 300_000))
    return node?.error('must be from 1s to 5m')
  return value
}

/** 0 in the overrides is nothing said. */
function readSlack(node: YamlNode | undefined): number | undefined {
  const value = node && readGoDuration(node)
  return value === 0 ? undefined : value
}

function warnNotMade(node: YamlNode | undefined): void {
  if (node?.isPresent === true) node.warnAtKey('is not made here')
}

function warnOfNative(node: YamlNode | undefined): void {
  const mode = node?.asOneOf(['classic', 'native', 'both'])
  if (mode === 'native' || mode === 'both')
    node?.warn('only classic histograms are made here: dashboards have to ask for _bucket')
}
